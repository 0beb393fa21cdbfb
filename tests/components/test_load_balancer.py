"""The load balancer: HTTPS only, to the pods only, with a certificate, a record and a binding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.entry.firewall import MANAGED
from components.entry.firewall_log import FirewallLog
from components.entry.load_balancer import PortalLoadBalancer
from components.entry.load_balancer_args import AccessLog, Address, LoadBalancerArgs, OidcSignIn, VpcPlace
from components.entry.pod_targets import PodTargets, PodTargetsArgs
from policies.rules import secrets_stay_secret
from portal.contract import DEREGISTER_SECONDS, DRAIN_SECONDS, IDLE_SECONDS, KEEP_ALIVE_SECONDS, PORT
from portal.graph.model import SECRET, Graph
from tests.components.aws import KEY, of_type, recorded_in_aws, recorded_on_aws, the
from tests.components.given import METADATA, secret

HOST = "portal.acme.example"
CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"


def args(**changed: Any) -> LoadBalancerArgs:
    given = LoadBalancerArgs(
        label="portal-prod",
        address=Address(host=HOST, zone="Z0123456789ABC", certificate=None),
        place=VpcPlace(
            vpc="vpc-0123456789abcdef0",
            subnets=["subnet-a", "subnet-b", "subnet-c"],
            cluster_security_group="sg-0123456789abcdef0",
            internal=False,
            senders=["0.0.0.0/0"],
        ),
        access_log=AccessLog(bucket="acme-logs", prefix="portal-prod"),
        firewall=None,
    )
    return replace(given, **changed)


def graph_of(*, preview: bool = True, **changed: Any) -> Graph:
    return recorded_on_aws(lambda opts: PortalLoadBalancer("address", args(**changed), opts), preview=preview)


def test_everybody_is_sent_to_https_and_nothing_else_is_served() -> None:
    graph = graph_of(preview=False)
    listeners = {int(one.inputs["port"]): one.inputs for one in of_type(graph, "Listener")}
    assert set(listeners) == {80, 443}
    (redirect,) = listeners[80]["defaultActions"]
    assert (redirect["type"], redirect["redirect"]["protocol"]) == ("redirect", "HTTPS")
    assert listeners[443]["protocol"] == "HTTPS"
    assert listeners[443]["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2")
    assert listeners[443]["certificateArn"].startswith("arn:aws:acm:")


def test_a_new_certificate_is_validated_before_it_is_used() -> None:
    graph = graph_of()
    certificate, listener = the(graph, "Certificate"), _https(graph)
    assert certificate.inputs["domainName"] == HOST
    (issued,) = of_type(graph, "CertificateValidation")
    assert issued.urn in listener.property_dependencies["certificateArn"]
    records = {str(one.inputs["type"]) for one in of_type(graph, "Record")}
    assert "A" in records
    assert len(of_type(graph, "Record")) == 2


def test_an_existing_certificate_makes_no_other_one() -> None:
    graph = graph_of(address=Address(host=HOST, zone=None, certificate=CERTIFICATE))
    assert of_type(graph, "Certificate") == []
    assert of_type(graph, "Record") == []
    assert _https(graph).inputs["certificateArn"] == CERTIFICATE


def test_neither_a_zone_nor_a_certificate_is_refused() -> None:
    with pytest.raises(Exception, match="needs a zone"):
        graph_of(address=Address(host=HOST, zone=None, certificate=None))


def test_it_reaches_the_pods_and_nothing_else() -> None:
    graph = graph_of()
    egress = of_type(graph, "SecurityGroupEgressRule")
    assert [(one.inputs["fromPort"], one.inputs["toPort"], one.inputs.get("cidrIpv4")) for one in egress] == [
        (PORT, PORT, None)
    ]
    into_pods = [
        one
        for one in of_type(graph, "SecurityGroupIngressRule")
        if one.inputs["securityGroupId"] == "sg-0123456789abcdef0"
    ]
    assert [(one.inputs["fromPort"], "cidrIpv4" in one.inputs) for one in into_pods] == [(PORT, False)]


def test_only_the_networks_of_the_stack_send_requests() -> None:
    networks = ["10.0.0.0/8", "192.0.2.0/24"]
    graph = graph_of(place=replace(args().place, senders=networks, internal=True))
    ingress = [one.inputs for one in of_type(graph, "SecurityGroupIngressRule") if "cidrIpv4" in one.inputs]
    assert {(one["cidrIpv4"], int(one["fromPort"])) for one in ingress} == {(n, p) for n in networks for p in (80, 443)}
    assert the(graph, "LoadBalancer").inputs["internal"] is True


def test_the_pods_are_bound_to_the_target_group_after_a_listener_uses_it() -> None:
    def make(opts: pulumi.ResourceOptions) -> None:
        balancer = PortalLoadBalancer("address", args(), opts)
        targets = PodTargetsArgs(
            namespace="portal",
            metadata=METADATA,
            service="backstage",
            target_group=balancer.target_group,
            after=[balancer.listener],
        )
        PodTargets("targets", targets, opts)

    graph = recorded_in_aws(make)
    (binding,) = [one for one in graph if one.type.endswith(":TargetGroupBinding")]
    targets = the(graph, "TargetGroup")
    assert binding.inputs["spec"]["targetType"] == targets.inputs["targetType"] == "ip"
    assert {targets.urn, _https(graph).urn} <= set(binding.dependencies)
    # Its rules of network policies are ours.
    assert "networking" not in binding.inputs["spec"]


def test_a_firewall_asks_the_managed_rules_and_hides_sessions_from_its_log() -> None:
    graph = graph_of(firewall=FirewallLog(label="portal-prod", key=KEY, days=365))
    rules = the(graph, "WebAcl").inputs["rules"]
    assert [rule["name"] for rule in rules[:-1]] == list(MANAGED)
    assert len({rule["priority"] for rule in rules}) == len(rules)
    hidden = the(graph, "WebAclLoggingConfiguration").inputs["redactedFields"]
    assert {one["singleHeader"]["name"] for one in hidden} == {"authorization", "cookie"}
    assert the(graph, "LogGroup").inputs["name"] == "aws-waf-logs-portal-prod"


def test_the_secret_of_its_own_sign_in_stays_secret() -> None:
    sign_in_args = {
        "issuer": "https://login.acme.example",
        "authorization_endpoint": "https://login.acme.example/authorize",
        "token_endpoint": "https://login.acme.example/token",
        "user_info_endpoint": "https://login.acme.example/userinfo",
        "client_id": "portal",
    }

    def make(opts: pulumi.ResourceOptions) -> None:
        sign_in = OidcSignIn(**sign_in_args, client_secret=secret("a canary"))
        PortalLoadBalancer("address", args(sign_in=sign_in), opts)

    graph = recorded_on_aws(make)
    first, second = _https(graph).inputs["defaultActions"]
    assert (first["type"], second["type"]) == ("authenticate-oidc", "forward")
    assert first["authenticateOidc"]["clientSecret"] == SECRET
    assert "a canary" not in repr(graph)
    assert list(secrets_stay_secret(graph)) == []
    https = _https(graph)
    shown = replace(graph, resources={**graph.resources, https.urn: replace(https, secret=frozenset())})
    assert list(secrets_stay_secret(shown)) == [
        "address-https: defaultActions.0.authenticateOidc.clientSecret is in plain text"
    ]
    elsewhere = replace(graph, resources={https.urn: replace(https, secret=frozenset({("port",)}))})
    assert "address-https: holds a secret at ('port',)" in list(secrets_stay_secret(elsewhere))


def test_no_request_meets_a_pod_that_is_gone() -> None:
    """A pod that ends answers for longer than the load balancer sends, and closes no connection before it does."""
    graph = graph_of()
    assert the(graph, "TargetGroup").inputs["deregistrationDelay"] == DEREGISTER_SECONDS
    assert the(graph, "LoadBalancer").inputs["idleTimeout"] == IDLE_SECONDS < KEEP_ALIVE_SECONDS
    assert DEREGISTER_SECONDS > DRAIN_SECONDS


def _https(graph: Graph) -> Any:
    (found,) = [one for one in of_type(graph, "Listener") if one.inputs["port"] == 443]
    return found
