"""What a stack names in Secrets Manager is read by whoever deploys, or is a sentence that says why not."""

from __future__ import annotations

import json
import traceback
from collections.abc import Generator
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.yaml_text import yaml_text
from portal.plan import Plan, load_plan
from portal.probe import secrets_manager
from portal.probe.secrets_manager import ReadSecrets, read_secrets
from tests.support.aws_account import REGION, Account, account_on_loopback, denied, secrets
from tests.support.aws_graphs import STACKS
from tests.support.cases import says
from tests.support.eks import without_credentials

VERSION = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
APP = "acme/portal/app"
TOKEN = "acme/portal/sentry"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as account:
        yield account


def plan(checkout: Checkout, **named: Any) -> Plan:
    """Prod, with these secrets by name."""
    added = yaml_text({"portal:secretsManager": named})
    lines = "".join(f"  {line}\n" for line in added.splitlines())
    checkout.stack_file("prod").write_text(f"{(STACKS / 'prod.yaml').read_text()}{lines}")
    return load_plan(checkout, "prod")


def read(aws: Account, checkout: Checkout, held: dict[str, Any], **named: Any) -> ReadSecrets:
    aws.answers["GetSecretValue"] = secrets(held)
    return read_secrets(plan(checkout, **named))


def fault(found: ReadSecrets) -> str:
    """The only finding."""
    (error,) = found.findings
    assert isinstance(error, InputError)
    assert "\n" not in error.sentence
    assert error.where.startswith("stacks/Pulumi.prod.yaml:")
    assert "canary" not in "".join(traceback.format_exception(error))
    return error.sentence


def test_a_value_is_read_whole_or_by_its_key(aws: Account, checkout: Checkout) -> None:
    held = {APP: json.dumps({"id": "123", "secret": "canary-1"}), TOKEN: "canary-2\n"}
    found = read(
        aws,
        checkout,
        held,
        GITHUB_APP_ID={"name": APP, "key": "id"},
        GITHUB_APP_CLIENT_SECRET={"name": APP, "key": "secret"},
        SENTRY_TOKEN=TOKEN,
    )
    assert found.findings == []
    assert found.values == {"GITHUB_APP_ID": "123", "GITHUB_APP_CLIENT_SECRET": "canary-1", "SENTRY_TOKEN": "canary-2"}
    assert "canary" not in repr(found)
    # Keys of one secret are from one moment.
    assert sorted(aws.asked) == ["secretsmanager:GetSecretValue"] * 2 + ["sts:GetCallerIdentity"]


def test_a_version_is_asked_for_only_where_one_is_named(aws: Account, checkout: Checkout) -> None:
    read(aws, checkout, {TOKEN: "canary"}, SENTRY_TOKEN=TOKEN)
    assert aws.words["GetSecretValue"] == {"SecretId": TOKEN}
    read(aws, checkout, {TOKEN: "canary"}, SENTRY_TOKEN={"name": TOKEN, "version": VERSION})
    assert aws.words["GetSecretValue"] == {"SecretId": TOKEN, "VersionId": VERSION}


def test_a_stack_that_names_none_asks_nothing(aws: Account, checkout: Checkout) -> None:
    assert read(aws, checkout, {}).values == {}
    assert aws.asked == []


@pytest.mark.parametrize(
    ("held", "named", "said"),
    [
        ({}, TOKEN, f"SENTRY_TOKEN cannot be read: {REGION} has no secret {TOKEN} with a value ... create it there"),
        (
            {TOKEN: denied("secretsmanager:GetSecretValue")},
            TOKEN,
            f"may not read the secret {TOKEN} or use its key, or {REGION} has no such ... deployers.prod.secrets",
        ),
        (
            {TOKEN: (400, "InvalidRequestException", "it was marked for deletion")},
            TOKEN,
            f"AWS refuses the secret {TOKEN} (it was marked for deletion)",
        ),
        ({TOKEN: (400, "DecryptionFailure", "no key")}, TOKEN, f"AWS refuses the secret {TOKEN} (no key)"),
        ({TOKEN: None}, TOKEN, "is binary, and no text"),
        ({TOKEN: ""}, TOKEN, f"the value of the secret {TOKEN} is empty"),
        ({TOKEN: "can\nary"}, TOKEN, "has a line break in it"),
        ({TOKEN: "Bearer canary"}, TOKEN, "begins with Bearer, which the portal adds"),
        ({TOKEN: '{"canary": "canary"}'}, TOKEN, "is a JSON object, and one of its keys is needed"),
        ({TOKEN: "canary"}, {"name": TOKEN, "key": "token"}, "is no JSON object, and the stack asks for its key token"),
        ({TOKEN: '["canary"]'}, {"name": TOKEN, "key": "token"}, "is no JSON object"),
        ({TOKEN: '{"canary": "canary"}'}, {"name": TOKEN, "key": "token"}, "without a text under the key token"),
        ({TOKEN: '{"token": {"canary": 1}}'}, {"name": TOKEN, "key": "token"}, "without a text under the key token"),
        ({TOKEN: '{"token": "can\\nary"}'}, {"name": TOKEN, "key": "token"}, "has a line break in it"),
    ],
)
def test_what_cannot_be_read_or_used_is_a_sentence(
    aws: Account, checkout: Checkout, held: dict[str, Any], named: Any, said: str
) -> None:
    found = read(aws, checkout, held, SENTRY_TOKEN=named)
    assert found.values == {}
    assert says(fault(found), said), fault(found)


def test_a_secret_that_is_missing_keeps_no_other_from_being_read(aws: Account, checkout: Checkout) -> None:
    found = read(aws, checkout, {TOKEN: "canary"}, SENTRY_TOKEN=TOKEN, GRAFANA_TOKEN="acme/portal/grafana")
    assert found.values == {"SENTRY_TOKEN": "canary"}
    assert says(fault(found), "GRAFANA_TOKEN cannot be read: ... has no secret acme/portal/grafana")


def test_credentials_of_nobody_are_one_fault(aws: Account, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    without_credentials(monkeypatch)
    found = read(aws, checkout, {}, SENTRY_TOKEN=TOKEN, GRAFANA_TOKEN=TOKEN)
    (error,) = found.findings
    assert says(error.sentence, "No AWS credentials were found")
    assert aws.asked == []


def test_what_is_nobodys_input_is_raised(aws: Account, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.answers["GetSecretValue"] = (500, "InternalServiceError", "try again")
    found = read_secrets(plan(checkout, SENTRY_TOKEN=TOKEN))
    with pytest.raises(PortalError, match="InternalServiceError: try again"):
        _ = found.findings
    aws.hangs.add("GetSecretValue")
    monkeypatch.setattr(secrets_manager, "SECONDS", 0.1)
    with pytest.raises(PortalError, match=r"no answer within 0\.1 s"):
        _ = read_secrets(plan(checkout, SENTRY_TOKEN=TOKEN)).findings
