"""Whose rights are listed, and how a statement of a policy is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.aws.names import STACK_TAG, portal_label, portal_prefix

Statement = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DeployRights:
    """``portal`` is the name of the stack, or with ``ephemeral`` how the names of stacks begin that come and go.

    ``zone`` and ``host`` are those of the portal's record. ``cluster`` and ``repository`` are names; None where there
    is none here. ``state_bucket`` has Pulumi's states, and ``state_key`` is the ARN of the key of their secrets.
    """

    portal: str
    account: str
    region: str
    ephemeral: bool = False
    zone: str | None = None
    host: str | None = None
    cluster: str | None = None
    repository: str | None = None
    state_bucket: str | None = None
    state_key: str | None = None

    @property
    def stacks(self) -> str:
        """The name of the stack, or a pattern of the names."""
        return f"{self.portal}-*" if self.ephemeral else self.portal

    @property
    def label(self) -> str:
        """The name of what a portal has only one of."""
        return portal_label(self.stacks)

    @property
    def prefix(self) -> str:
        """How names of what a portal has several of begin."""
        return portal_prefix(self.stacks)

    def tagged(self, key: str) -> dict[str, dict[str, str]]:
        """The condition that a tag names the stack. ``key`` is ``aws:RequestTag`` or ``aws:ResourceTag``."""
        return self.condition(f"{key}/{STACK_TAG}")

    def condition(self, key: str) -> dict[str, dict[str, str]]:
        """The condition that a key of the request names the stack."""
        return {"StringLike" if self.ephemeral else "StringEquals": {key: self.stacks}}


def allow(sid: str, actions: list[str], resource: str | list[str], condition: object = None) -> Statement:
    """Allow actions of resources, under a condition if there is one."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
    return statement if condition is None else {**statement, "Condition": condition}


def prefixed(service: str, actions: str) -> list[str]:
    """Actions of a service. They stand in one text, divided by spaces."""
    return [f"{service}:{one}" for one in actions.split()]
