"""What stands in front of a Service: an Ingress or a route, for one host."""

from __future__ import annotations

from components.entry.gateway_route import GatewayRoute, GatewayRouteArgs
from components.entry.ingress import HostIngress, HostIngressArgs
from policies.rules import violations
from portal.graph.model import Graph
from tests.components.given import METADATA, only, recorded

HOST = "portal.acme.example"


def ingress(tls_secret: str | None = None, annotations: dict[str, str] | None = None) -> Graph:
    args = HostIngressArgs(
        namespace="test",
        metadata=METADATA,
        host=HOST,
        service="backstage",
        annotations=annotations or {},
        class_name="nginx",
        tls_secret=tls_secret,
    )
    return recorded(lambda opts: HostIngress("front", args, opts))


def route(gateway_namespace: str | None = None, listener: str | None = None) -> Graph:
    args = GatewayRouteArgs(
        namespace="test",
        metadata=METADATA,
        host=HOST,
        service="backstage",
        port=80,
        gateway="public",
        gateway_namespace=gateway_namespace,
        listener=listener,
    )
    return recorded(lambda opts: GatewayRoute("front", args, opts))


def test_an_ingress_serves_one_host_and_nobody_waits_for_its_address() -> None:
    """Many controllers never write one."""
    made = only(ingress(annotations={"acme.example/size": "8m"}), "Ingress")
    assert [rule["host"] for rule in made.inputs["spec"]["rules"]] == [HOST]
    assert made.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"
    assert made.inputs["metadata"]["annotations"]["acme.example/size"] == "8m"


def test_tls_is_the_controllers_unless_a_secret_is_named() -> None:
    assert "tls" not in only(ingress(), "Ingress").inputs["spec"]
    assert only(ingress("portal-tls"), "Ingress").inputs["spec"]["tls"] == [
        {"hosts": [HOST], "secretName": "portal-tls"}
    ]


def test_a_route_says_only_what_it_was_told() -> None:
    """An empty namespace or listener would be a name that no Gateway has."""
    assert only(route(), "HTTPRoute").inputs["spec"]["parentRefs"] == [{"name": "public"}]
    (parent,) = only(route("gateways", "https"), "HTTPRoute").inputs["spec"]["parentRefs"]
    assert parent == {"name": "public", "namespace": "gateways", "sectionName": "https"}
    assert only(route(), "HTTPRoute").inputs["spec"]["hostnames"] == [HOST]


def test_neither_makes_a_controller_a_gateway_or_a_certificate() -> None:
    for graph in (ingress("portal-tls"), route()):
        assert len(graph.objects()) == 1
        assert violations(graph) == []


def test_their_types_are_those_in_the_states_of_stacks() -> None:
    """Another type is another URN: a deployment would replace what answers for the host."""
    types = {resource.type for graph in (ingress(), route()) for resource in graph if not resource.custom}
    assert types == {"portal:network:HostIngress", "portal:network:GatewayRoute"}
