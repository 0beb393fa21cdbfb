"""How a portal is reached says what may send requests to it, and its plugins say what it may reach and read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from portal.base.checkout import OWN_KUBECONFIG, Checkout
from portal.base.errors import InputError
from portal.checks import checked_plan, findings
from portal.contract import OWN_POD_NETWORK
from portal.graph.model import Graph
from portal.graph.program import record_plan
from portal.node.layout import HOST_ADDRESS, POD_NETWORK
from portal.plan import load_plan
from tests.stacks.stack_text import with_settings
from tests.support.app_config import NOT_CONNECTED, planned

OWN = {"context": "portal", "kubeconfig": OWN_KUBECONFIG}
THEIRS = {"context": "theirs"}
ENVOY = "envoy-gateway-system"
# The pod that asks the portal after a deployment.
VERIFIES = {
    "podSelector": {
        "matchLabels": {"app.kubernetes.io/instance": "local", "app.kubernetes.io/component": "verification"}
    }
}


def graph_with(checkout: Checkout, settings: Mapping[str, Any]) -> Graph:
    """The graph of the local stack with more settings, whatever the checks say."""
    with_settings(checkout, settings)
    return record_plan(checkout, replace(load_plan(checkout, "local"), checked=True))


def policy(graph: Graph) -> Mapping[str, Any]:
    (found,) = (one for one in graph.of_kind("NetworkPolicy") if one.name == "backstage-policy")
    return found.inputs["spec"]


def namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


@pytest.mark.parametrize("cluster", [None, OWN, THEIRS])
def test_a_forwarded_port_lets_nothing_of_the_cluster_in(checkout: Checkout, cluster: Mapping[str, str] | None) -> None:
    graph = graph_with(checkout, {"cluster": cluster} if cluster is not None else {})
    (rule,) = policy(graph)["ingress"]
    assert rule["from"] == [VERIFIES]


def test_the_node_port_of_an_own_cluster_lets_this_machine_in_and_no_pod(checkout: Checkout) -> None:
    (rule,) = policy(graph_with(checkout, {"cluster": OWN, "service": {"nodePort": 30707}}))["ingress"]
    verifies, peer = rule["from"]
    assert verifies == VERIFIES
    assert peer["ipBlock"]["cidr"] == "0.0.0.0/0"
    assert OWN_POD_NETWORK in peer["ipBlock"]["except"]
    pods = ip_network(OWN_POD_NETWORK)
    assert ip_network(POD_NETWORK).subnet_of(pods)  # pyright: ignore[reportArgumentType] - of the same version
    assert not ip_network(HOST_ADDRESS).subnet_of(pods)  # pyright: ignore[reportArgumentType] - of the same version


@pytest.mark.parametrize(
    ("front", "sender"),
    [
        ({"ingress": {"class": "nginx"}}, namespace("ingress-nginx")),
        ({"ingress": {"class": "traefik"}}, namespace("traefik")),
        ({"ingress": {"class": "inside", "from": {"namespace": "edge"}}}, namespace("edge")),
        ({"ingress": {"class": "nginx", "from": {"namespace": "edge"}}}, namespace("edge")),
        ({"ingress": {"class": "alb", "from": {"cidr": "10.0.0.0/16"}}}, {"ipBlock": {"cidr": "10.0.0.0/16"}}),
        ({"gateway": {"name": "public", "namespace": "gateways"}}, namespace("gateways")),
        ({"gateway": {"name": "public"}}, namespace("portal")),
        (
            {"gateway": {"name": "public", "from": {"namespace": ENVOY}}},
            namespace(ENVOY),
        ),
        ({"service": {"nodePort": 30707, "from": {"cidr": "10.0.0.0/16"}}}, {"ipBlock": {"cidr": "10.0.0.0/16"}}),
    ],
)
def test_what_stands_in_front_may_send_and_nothing_else(
    checkout: Checkout, front: Mapping[str, Any], sender: Mapping[str, Any]
) -> None:
    (rule,) = policy(graph_with(checkout, {"cluster": THEIRS, **front}))["ingress"]
    assert rule["from"] == [VERIFIES, sender]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ingress": {"class": "inside"}}, r"portal:ingress.from: got nothing, .*class inside.*from: \{namespace"),
        ({"ingress": {"class": "nginx", "from": {}}}, "either namespace or cidr"),
        ({"ingress": {"class": "nginx", "from": {"namespace": "a", "cidr": "10.0.0.0/8"}}}, "either namespace or cidr"),
        ({"cluster": THEIRS, "service": {"nodePort": 30707}}, r"portal:service.from: got nothing.*network of the"),
        ({"egress": [{"cidr": "169.254.169.254/32", "ports": [80]}]}, r"portal:egress\[0\].cidr.*not link-local"),
        ({"egress": [{"cidr": "fd00:ec2::254/128", "ports": [80]}]}, "metadata"),
        ({"egress": [{"cidr": "10.20.0.5", "ports": [80]}]}, "Write 10.20.0.5/32"),
        ({"egress": [{"cidr": "10.20.0.5/16", "ports": [80]}]}, "network in CIDR notation"),
        ({"database": {"engine": "external", "host": "db.acme.example", "cidr": "169.254.0.0/16"}}, "link-local"),
    ],
)
def test_what_nobody_can_know_or_needs_is_refused(checkout: Checkout, settings: Mapping[str, Any], words: str) -> None:
    with_settings(checkout, settings)
    with pytest.raises(InputError) as caught:
        checked_plan(checkout, "local")
    assert any(re.search(words, sentence) for sentence in caught.value.sentences), caught.value.sentences


@pytest.mark.parametrize(
    ("host", "opened"),
    [
        ("http://grafana.monitoring.svc.cluster.local:3000", ("monitoring", 3000)),
        ("http://grafana.monitoring.svc", ("monitoring", 80)),
        ("https://grafana-0.grafana.monitoring.svc", ("monitoring", 443)),
    ],
)
def test_a_service_of_the_cluster_opens_its_namespace_only(
    checkout: Checkout, host: str, opened: tuple[str, int]
) -> None:
    plan = planned(checkout, {"plugins": {"grafana": {"domain": host}, "sentry": {"enabled": False}}})
    assert plan.resolved.outbound_services == {opened[0]: (opened[1],)}
    # GitHub's port only.
    assert plan.resolved.outbound_ports == (443,)


def test_other_hosts_open_their_port_anywhere(checkout: Checkout) -> None:
    plan = planned(checkout, {"plugins": {"grafana": {"domain": "http://grafana.svc.acme.example:3000"}}})
    assert plan.resolved.outbound_services == {}
    assert 3000 in plan.resolved.outbound_ports


def test_a_database_in_another_namespace_opens_that_one(checkout: Checkout) -> None:
    given = {"engine": "external", "host": "db.data.svc.cluster.local"}
    egress = policy(graph_with(checkout, {"database": given, "secrets": ["DATABASE_PASSWORD"]}))["egress"]
    assert [rule["to"] for rule in egress if rule["ports"][0]["port"] == 5432] == [[namespace("data")]]


@pytest.mark.parametrize("logs", [False, True])
def test_named_namespaces_are_all_that_the_portal_may_read(checkout: Checkout, logs: bool) -> None:
    given = {**NOT_CONNECTED, "kubernetes": {"namespaces": ["shop", "payments"], "logs": logs}}
    graph = record_plan(checkout, replace(planned(checkout, {"plugins": given}).with_stand_ins(), checked=True))
    assert graph.of_kind("ClusterRole") == graph.of_kind("ClusterRoleBinding") == []
    roles = graph.of_kind("Role")
    assert [role.inputs["metadata"]["namespace"] for role in roles] == ["payments", "shop"]
    for role in roles:
        read = {name for rule in role.inputs["rules"] for name in rule["resources"]}
        assert ("pods/log" in read) is logs
        assert "pods" in read
        assert {verb for rule in role.inputs["rules"] for verb in rule["verbs"]} <= {"get", "list", "watch"}


@pytest.mark.parametrize("namespaces", [[], ["Shop"], "shop", [1], ["a b"]])
def test_namespaces_are_names(checkout: Checkout, namespaces: object) -> None:
    with pytest.raises(InputError, match=r"plugins\.kubernetes\.namespaces"):
        planned(checkout, {"plugins": {"kubernetes": {"namespaces": namespaces}}})


@pytest.mark.parametrize(
    ("settings", "alone"),
    [
        ({}, True),
        ({"cluster": OWN}, True),
        ({"cluster": OWN, "service": {"nodePort": 30707}}, True),
        ({"url": "http://portal.localhost:7007"}, True),
        ({"cluster": THEIRS}, False),
        ({"cluster": {"context": "portal"}}, False),
        ({"cluster": {"context": "portal", "kubeconfig": "~/.kube/config"}}, False),
        ({"cluster": THEIRS, "service": {"nodePort": 30707, "from": {"cidr": "10.0.0.0/8"}}}, False),
        ({"target": "kubernetes", "cluster": OWN}, False),
        ({"target": "kubernetes", "cluster": THEIRS}, False),
        ({"url": "https://portal.acme.example"}, False),
        ({"ingress": {"class": "nginx"}}, False),
        ({"gateway": {"name": "public"}}, False),
    ],
)
def test_guests_and_every_permission_are_for_a_portal_that_nobody_else_can_reach(
    checkout: Checkout, settings: Mapping[str, Any], alone: bool
) -> None:
    plan = planned(checkout, settings)
    assert plan.resolved.private is alone
    assert plan.app_config.data["portal"]["permissions"]["allowAll"] is alone
    refused = [error.sentence for error in findings(plan) if "provider guest lets anyone in" in error.sentence]
    assert bool(refused) is not alone
    for sentence in refused:
        assert "docs/how-to/sign-in.md" in sentence
