"""Secrets that a stack names in Secrets Manager: an engine reads them, nobody else asks AWS, and nothing shows one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator

import pytest

from portal.base.checkout import Checkout
from portal.checks import checked_plan
from portal.graph.manifests import manifest_files
from portal.graph.mermaid import mermaid
from portal.graph.model import SECRET, Graph
from portal.graph.program import record_plan, record_stack
from portal.graph.recorder import RefusedError
from portal.graph.terraform_plan import terraform_plan
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import read_stack_file
from tests.support.aws_account import Account, account_on_loopback, secrets
from tests.support.aws_graphs import STACKS
from tests.support.cases import says
from tests.support.checkouts import ROOT, give_secrets, pretend_built
from tests.support.eks import without_credentials

NAMED = {"SENTRY_TOKEN": "acme/sentry", "GRAFANA_TOKEN": "acme/grafana", "SESSION_SECRET": "acme/session"}
# A key that signs hashes of the others may be named as well.
KEY = {"HASH_KEY": "acme/hash"}
HELD = {name: f"canary-{name.rpartition('/')[2]}" for name in (*NAMED.values(), *KEY.values())}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as account:
        account.answers["GetSecretValue"] = secrets(HELD)
        yield account


@pytest.fixture(params=[NAMED, {**NAMED, **KEY}], ids=["", "and-the-hash-key"])
def prod(checkout: Checkout, request: pytest.FixtureRequest) -> Checkout:
    """Prod with some secrets of its own, and these by name."""
    file = checkout.stack_file("prod")
    lines = "".join(f"    {name}: {place}\n" for name, place in request.param.items())
    file.write_text(f"{(STACKS / 'prod.yaml').read_text()}  portal:secretsManager:\n{lines}")
    give_secrets(checkout, "prod")
    assert all(f"{name}: {{secure" not in file.read_text() for name in request.param)
    pretend_built(checkout)
    return checkout


def by_an_engine(checkout: Checkout, *, preview: bool = False, reveal: bool = False) -> Graph:
    """The graph as an engine makes it, which hands no plan over."""
    config, secret_keys = checked_configuration(checkout, read_stack_file(checkout, "prod"))
    return record_stack(checkout, "prod", config, secret_keys, preview=preview, reveal=reveal)


def kept(graph: Graph) -> dict[str, str]:
    """What the Secret of Backstage's pods holds, besides what the stack has itself."""
    (secret,) = [one for one in graph.of_kind("Secret") if one.name.startswith("backstage-secrets-")]
    held: dict[str, str] = secret.inputs["stringData"]
    return {name: value for name, value in held.items() if name in NAMED}


def secret_name(graph: Graph) -> str:
    (name,) = [one.name for one in graph.of_kind("Secret") if one.name.startswith("backstage-secrets-")]
    return name


@pytest.mark.usefixtures("aws")
def test_a_deployment_hands_them_on_in_the_form_that_their_readers_need(prod: Checkout) -> None:
    assert kept(by_an_engine(prod, reveal=True)) == {
        "SENTRY_TOKEN": "Bearer canary-sentry",
        "GRAFANA_TOKEN": "Bearer canary-grafana",
        "SESSION_SECRET": "canary-session",
    }


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("preview", [True, False])
def test_an_engine_knows_that_they_are_secret_and_nothing_shows_one(preview: bool, prod: Checkout) -> None:
    graph = by_an_engine(prod, preview=preview)
    (secret,) = [one for one in graph.of_kind("Secret") if one.name.startswith("backstage-secrets-")]
    assert secret.inputs["stringData"] == SECRET or set(kept(graph).values()) == {SECRET}
    drawn = [repr(graph), *manifest_files(graph).values(), mermaid(graph), json.dumps(terraform_plan(graph))]
    assert [one for one in drawn if "canary" in one] == []
    assert "canary" not in json.dumps(graph.outputs)


def test_a_preview_and_a_deployment_have_the_same_names_and_a_new_value_another(prod: Checkout, aws: Account) -> None:
    before = secret_name(by_an_engine(prod))
    assert secret_name(by_an_engine(prod, preview=True)) == before
    aws.answers["GetSecretValue"] = secrets({**HELD, "acme/sentry": "canary-new"})
    assert secret_name(by_an_engine(prod)) != before


def test_a_command_that_looks_asks_nobody(prod: Checkout, aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    without_credentials(monkeypatch)
    plan = checked_plan(prod, "prod")
    for preview in (True, False):
        assert set(kept(record_plan(prod, plan, preview=preview, reveal=True)).values()) == {
            "Bearer [secret]",
            "[secret]",
        }
    assert aws.asked == []


def test_a_stack_that_names_none_loads_nothing_of_aws() -> None:
    """Half a second of every start, and a third of the memory."""
    script = "import sys, stacks.load; print(*{'botocore', 'pulumi_aws'} & sys.modules.keys())"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_a_preview_without_credentials_shows_placeholders_and_says_so(
    prod: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_credentials(monkeypatch)
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", said.append)
    assert set(kept(by_an_engine(prod, preview=True, reveal=True)).values()) == {"Bearer [secret]", "[secret]"}
    (about,) = [one for one in said if "credentials" in one]
    assert says(about, "No AWS credentials were found ... The preview shows placeholders; a deployment fails.")


def test_a_deployment_without_one_of_them_is_refused(prod: Checkout, aws: Account) -> None:
    aws.answers["GetSecretValue"] = secrets({name: value for name, value in HELD.items() if name != "acme/sentry"})
    with pytest.raises(RefusedError) as refused:
        by_an_engine(prod)
    assert says(str(refused.value), "SENTRY_TOKEN cannot be read: ... has no secret acme/sentry")
    assert "canary" not in str(refused.value)
