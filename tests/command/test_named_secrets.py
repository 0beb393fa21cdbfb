"""Secrets by name on the command line: the list says where each comes from, and nothing stores a second value."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.contract import BACKUP_SECRET_KEY
from portal.deploy.steps.team_preflight import TeamPreflight
from tests.command.in_process import piped, portal
from tests.support.aws_account import REGION, Account, account_on_loopback, secrets
from tests.support.aws_graphs import STACKS
from tests.support.cases import says
from tests.support.checkouts import give_secrets, pretend_built
from tests.support.deployments import deployment_of

NAMED = """\
  portal:secretsManager:
    SENTRY_TOKEN: acme/sentry
    GRAFANA_TOKEN: {name: acme/tokens, key: grafana}
    HASH_KEY: acme/hash
"""
HELD = {"acme/sentry": "canary", "acme/tokens": '{"grafana": "canary"}', "acme/hash": "canary"}
PROD = ("--stack", "prod")


@pytest.fixture
def prod(checkout: Checkout) -> Checkout:
    """Prod, with three secrets by name and the others stored."""
    checkout.stack_file("prod").write_text(f"{(STACKS / 'prod.yaml').read_text()}{NAMED}")
    give_secrets(checkout, "prod")
    pretend_built(checkout)
    return checkout


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as account:
        account.answers["GetSecretValue"] = secrets(HELD)
        yield account


def test_the_list_says_where_each_comes_from_and_asks_nobody(prod: Checkout, aws: Account) -> None:
    lines = portal("secrets", "list", *PROD, cwd=prod.root).stdout.splitlines()
    shown = {line.split()[0]: " ".join(line.split()[1:]) for line in lines}
    assert shown["SENTRY_TOKEN"] == "in Secrets Manager: acme/sentry plugin sentry"
    assert shown["GRAFANA_TOKEN"] == "in Secrets Manager: acme/tokens (key grafana) plugin grafana"
    assert shown["SESSION_SECRET"] == "stored portal"
    rows = json.loads(portal("secrets", "list", "--json", *PROD, cwd=prod.root).stdout)["secrets"]
    by_name = {row["name"]: row for row in rows}
    assert by_name["GRAFANA_TOKEN"]["secretsManager"] == "acme/tokens (key grafana)"
    assert by_name["GRAFANA_TOKEN"]["stored"]
    assert "secretsManager" not in by_name["SESSION_SECRET"]
    assert [name for name, row in by_name.items() if row["needed"] and not row["stored"]] == []
    assert aws.asked == []


def test_a_database_with_backups_of_its_own_has_no_key_of_a_bucket_for_them(prod: Checkout) -> None:
    assert BACKUP_SECRET_KEY not in portal("secrets", "list", *PROD, cwd=prod.root).stdout
    assert BACKUP_SECRET_KEY in portal("secrets", "list", cwd=prod.root).stdout


def test_one_that_nothing_reads_is_listed_as_such(prod: Checkout) -> None:
    file = prod.stack_file("prod")
    file.write_text(file.read_text().replace("    SENTRY_TOKEN:", "    SENTRY_TOKN: acme/sentry\n    SENTRY_TOKEN:"))
    assert (
        "in Secrets Manager: acme/sentry, but nothing reads it"
        in portal("secrets", "list", *PROD, cwd=prod.root).stdout
    )


@pytest.mark.parametrize("words", [("set", "SENTRY_TOKEN"), ("remove", "SENTRY_TOKEN")])
def test_what_has_a_name_there_is_neither_stored_nor_removed(prod: Checkout, words: tuple[str, str]) -> None:
    before = prod.stack_file("prod").read_text()
    ended = piped(b"canary", "secrets", *words, *PROD, cwd=prod.root, PULUMI_CONFIG_PASSPHRASE="p")
    assert ended.returncode == 2
    line = 1 + before.splitlines().index("    SENTRY_TOKEN: acme/sentry")
    assert f"stacks/Pulumi.prod.yaml:{line}: " in ended.stderr
    assert "Secrets Manager" in ended.stderr
    assert prod.stack_file("prod").read_text() == before


def test_no_value_is_generated_for_what_has_a_name_there(checkout: Checkout) -> None:
    checkout.stack_file("prod").write_text(f"{(STACKS / 'prod.yaml').read_text()}{NAMED}")
    ended = portal("secrets", "init", *PROD, cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="p")
    assert ended.stdout == "Wrote SESSION_SECRET to stacks/Pulumi.prod.yaml; commit it.\n"


def test_check_needs_no_account(prod: Checkout, aws: Account) -> None:
    ended = portal("check", *PROD, cwd=prod.root)
    assert ended.returncode == 0, ended.stderr
    assert aws.asked == []


def test_check_with_the_cluster_asks_the_account_first(prod: Checkout, aws: Account) -> None:
    aws.answers["GetSecretValue"] = secrets({"acme/hash": "canary", "acme/tokens": "canary"})
    ended = portal("check", "--cluster", "--json", *PROD, cwd=prod.root)
    assert ended.returncode == 2
    unfit, missing = [one["sentence"] for one in json.loads(ended.stdout)["findings"]]
    assert says(missing, f"SENTRY_TOKEN cannot be read: {REGION} has no secret acme/sentry with a value")
    assert says(unfit, "GRAFANA_TOKEN cannot be used: the value of the secret acme/tokens is no JSON object")
    assert "canary" not in ended.stdout + ended.stderr


def no_program(_: str) -> None:
    """What `shutil.which` says of a program that is not there."""


def test_a_deployment_asks_the_account_even_where_it_cannot_ask_the_cluster(
    prod: Checkout, aws: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", no_program)
    TeamPreflight().run(deployment_of(prod, "prod"))
    assert aws.asked.count("secretsmanager:GetSecretValue") == 3
    aws.answers["GetSecretValue"] = secrets({})
    with pytest.raises(InputError) as refused:
        TeamPreflight().run(deployment_of(prod, "prod"))
    assert len(refused.value.sentences) == 3
