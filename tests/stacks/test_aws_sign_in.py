"""A load balancer signs people in, and the portal takes the word of this load balancer and of no other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from policies.rules import violations
from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.checks import checked_plan, findings
from portal.command import status_reading
from portal.command.context import Context
from portal.contract import LOAD_BALANCER_SECRET
from portal.graph.model import SECRET, Graph, Resource
from portal.kubernetes.pods import Running
from portal.plan import Plan, load_plan
from portal.probe.smoke import HttpAnswer
from portal.release.account_records import account_records
from portal.release.locked import composition_id
from portal.release.release import read_portal
from tests.components.aws import the, waits_for
from tests.components.given import only, pod
from tests.support.aws_graphs import STACKS
from tests.support.checkouts import give_secrets, pretend_built
from tests.support.eks import without_credentials
from tests.support.graphs import graph_of

ISSUER = "https://login.acme.example/tenant/"
SIGN_IN = f"""\
    signIn:
      issuer: {ISSUER}
      authorizationEndpoint: https://login.acme.example/authorize
      tokenEndpoint: https://login.acme.example/token
      userInfoEndpoint: https://login.acme.example/userinfo
      clientId: portal
"""


def pretend_locked(checkout: Checkout) -> None:
    """Write the portal's composition into the files of its lock: the provider's package adds nothing (0.4.20)."""
    _, _, composition = read_portal(checkout)
    for name in ("config-schema.json", "migrations.json"):
        file = checkout.app / name
        file.write_text(json.dumps({**json.loads(file.read_text()), "composition": composition_id(composition)}))


@pytest.fixture
def behind(checkout: Checkout) -> Checkout:
    """A checkout with the stack ``prod`` behind such a load balancer, and the provider in its image."""
    file = checkout.portal_file
    file.write_text(file.read_text().replace("signIn: [oidc]", "signIn: [awsalb]"))
    pretend_locked(checkout)
    text = (STACKS / "prod.yaml").read_text().replace("{provider: github}", "{provider: awsalb}")
    balancer = "  portal:loadBalancer:\n    zone: {id: Z0123456789ABCDEFGHIJ, name: acme.example}\n"
    kept = [line for line in text.splitlines(keepends=True) if "portal:loadBalancer" not in line]
    checkout.stack_file("prod").write_text("".join(kept) + balancer + SIGN_IN)
    give_secrets(checkout, "prod")
    pretend_built(checkout)
    return checkout


def write(checkout: Checkout, more: str) -> None:
    with checkout.stack_file("prod").open("a") as file:
        file.write(more)


def provider(plan: Plan) -> Mapping[str, Any]:
    found: Mapping[str, Any] = plan.app_config.data["auth"]["providers"]["awsalb"]
    return found


def https(graph: Graph) -> Resource:
    return the(graph, "Listener", "portal-prod-address-https")


def test_the_stack_is_accepted_and_breaks_no_rule(behind: Checkout) -> None:
    checked_plan(behind, "prod")
    for preview in (True, False):
        assert violations(graph_of(behind, "prod", preview=preview)) == []


def test_the_portal_believes_one_issuer_one_region_and_one_load_balancer(behind: Checkout) -> None:
    assert provider(load_plan(behind, "prod")) == {
        "issuer": ISSUER,
        "region": "eu-central-1",
        "signer": "${PORTAL_ALB_ARN}",
        "signIn": {"resolvers": [{"resolver": "emailMatchingUserEntityProfileEmail"}]},
    }


def test_the_pods_know_the_load_balancer_that_is_theirs(behind: Checkout) -> None:
    """Without a signer, Backstage believes the load balancer of any account."""
    graph = graph_of(behind, "prod", preview=False)
    (container,) = pod(graph, "Deployment")["containers"]
    known = {one["name"]: one["value"] for one in container["env"]}
    assert known["PORTAL_ALB_ARN"].startswith("arn:aws:elasticloadbalancing:eu-central-1:")
    assert waits_for(graph, only(graph, "Deployment"), the(graph, "LoadBalancer"))
    configs = [text for one in graph.of_kind("ConfigMap") for text in one.inputs["data"].values() if "awsalb" in text]
    assert configs
    assert not any("arn:aws:elasticloadbalancing" in text for text in configs)


def test_nobody_reaches_a_pod_without_signing_in(behind: Checkout) -> None:
    graph = graph_of(behind, "prod", preview=False)
    first, second = https(graph).inputs["defaultActions"]
    assert (first["type"], first["order"], second["type"], second["order"]) == ("authenticate-oidc", 1, "forward", 2)
    assert first["authenticateOidc"]["onUnauthenticatedRequest"] == "authenticate"
    assert first["authenticateOidc"]["issuer"] == ISSUER


def test_the_client_secret_is_the_load_balancers_alone(behind: Checkout) -> None:
    assert load_plan(behind, "prod").needs[LOAD_BALANCER_SECRET].shape == "line"
    graph = graph_of(behind, "prod")
    assert https(graph).inputs["defaultActions"][0]["authenticateOidc"]["clientSecret"] == SECRET
    assert [one.name for one in graph if LOAD_BALANCER_SECRET in repr(one.inputs)] == []
    assert ("defaultActions", 0, "authenticateOidc", "clientSecret") in https(graph).secret


def test_the_keys_of_the_load_balancer_may_be_fetched(behind: Checkout) -> None:
    plan = load_plan(behind, "prod")
    hosts = plan.resolved.providers["awsalb"].outbound_hosts
    assert hosts == ("https://public-keys.auth.elb.eu-central-1.amazonaws.com",)
    assert 443 in plan.resolved.outbound_ports


@pytest.mark.parametrize(
    "written", ["signer: null", "signer: 'arn:aws:elasticloadbalancing:eu-central-1:999999999999:x'", "issuer: x"]
)
def test_app_config_does_not_change_whom_the_portal_believes(behind: Checkout, written: str) -> None:
    write(behind, f"  portal:appConfig: {{auth: {{providers: {{awsalb: {{{written}}}}}}}}}\n")
    said = [error.sentence for error in findings(load_plan(behind, "prod"))]
    assert any("auth.providers.awsalb believes headers" in sentence for sentence in said)


def test_no_other_pod_knows_the_load_balancer(behind: Checkout) -> None:
    """What would name it in app-config of another stack has no value there, and is refused."""
    file = behind.stack_file("prod")
    file.write_text(file.read_text().replace(SIGN_IN, "").replace("{provider: awsalb}", "{provider: github}"))
    graph = graph_of(behind, "prod")
    assert "PORTAL_ALB_ARN" not in repr([one.inputs for one in graph])
    assert not waits_for(graph, only(graph, "Deployment"), the(graph, "LoadBalancer"))
    assert [one["type"] for one in https(graph).inputs["defaultActions"]] == ["forward"]
    write(behind, "  portal:appConfig: {app: {support: {url: '${PORTAL_ALB_ARN}', items: []}}}\n")
    said = [error.sentence for error in findings(load_plan(behind, "prod"))]
    assert any("${PORTAL_ALB_ARN}, which nothing sets" in sentence for sentence in said)


def test_the_sign_in_page_knows_that_people_are_signed_in(behind: Checkout) -> None:
    _, _, composition = read_portal(behind)
    assert "@backstage/plugin-auth-backend-module-aws-alb-provider" in composition.backend
    (found,) = [one for one in account_records(composition)["providers"] if one["id"] == "awsalb"]
    assert found["proxied"] is True


def test_status_asks_the_load_balancer_where_it_sends_people_and_no_plugin(
    behind: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would answer each question with a page to sign in on."""

    def sent(_url: str, sign_in: str, _limit: float) -> HttpAnswer:
        return HttpAnswer(200 if sign_in == "https://login.acme.example/authorize" else None, "")

    def out_of_reach(*_: object) -> Running:
        raise PortalError("out of reach")

    without_credentials(monkeypatch)
    monkeypatch.setattr(status_reading, "sends_to_sign_in", sent)
    monkeypatch.setattr(status_reading, "_cluster", out_of_reach)
    monkeypatch.setattr(status_reading, "_verified", out_of_reach)
    monkeypatch.delattr(status_reading, "fetch_ready")
    monkeypatch.delattr(status_reading, "backend_health")
    answer = status_reading.read_status(Context(behind.root), load_plan(behind, "prod"))
    assert answer.answers
    assert {plugin.state for plugin in answer.plugins} <= {"unknown", "not connected", "off"}
