"""What is needed in an account to see what a deployment of one portal would change."""

from __future__ import annotations

from dataclasses import replace

from components.identity.deploy_rights import deploy_statements
from components.identity.deploy_state import state_secrets
from components.identity.statement import DeployRights, Statement

# How names of actions begin that change nothing.
_READ = ("Describe", "Get", "List")


def read_statements(rights: DeployRights) -> list[Statement]:
    """The deployer's statements with what changes nothing, and the key of the state.

    Secrets of the state are in it: Pulumi decrypts them to compare. Deliberately without images: nothing is built.
    """
    found = [_reading(one) for one in deploy_statements(replace(rights, repository=None, state_key=None))]
    statements = [one for one in found if one["Action"]]
    if rights.state_key is not None:
        statements.append(state_secrets(rights, "Decrypt"))
    return statements


def _reading(statement: Statement) -> Statement:
    actions: list[str] = statement["Action"]
    return {**statement, "Action": [one for one in actions if one.partition(":")[2].startswith(_READ)]}
