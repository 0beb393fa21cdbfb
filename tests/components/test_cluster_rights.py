"""What portals need of a cluster: enforced network policies, and rights for whoever deploys them."""

from __future__ import annotations

from components.cluster.deployer_role import DeployerRole, GroupRoleArgs, ReaderRole
from components.cluster.network_policy_switch import NetworkPolicySwitch
from policies.rules import content_named, violations
from portal.graph.model import Graph
from portal.plugins.load import load_plugins
from tests.components.given import METADATA, only, recorded
from tests.support.graphs import acme_graph

# Kinds whose objects are their own subresources' only.
PLURALS = {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"}


def deployer() -> Graph:
    args = GroupRoleArgs(role="portal-deployer", group="portal-deployers", metadata=METADATA)
    return recorded(lambda opts: DeployerRole("portal-deployer", args, opts))


def reader() -> Graph:
    args = GroupRoleArgs(role="portal-reader", group="portal-readers", metadata=METADATA)
    return recorded(lambda opts: ReaderRole("portal-reader", args, opts))


def allowed(graph: Graph | None = None) -> set[tuple[str, str, str]]:
    return {
        (group, resource, verb)
        for rule in only(graph or deployer(), "ClusterRole").inputs["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_switch_is_the_one_that_eks_reads() -> None:
    graph = recorded(lambda opts: NetworkPolicySwitch("network-policy-switch", METADATA, opts))
    switch = only(graph, "ConfigMap").inputs
    assert (switch["metadata"]["namespace"], switch["metadata"]["name"]) == ("kube-system", "amazon-vpc-cni")
    assert switch["data"] == {"enable-network-policy-controller": "true"}
    assert list(content_named(graph)) == []


def test_deployers_may_make_every_object_of_a_portal() -> None:
    rights = allowed()
    for resource in acme_graph("kubernetes").objects():
        group, _, version_and_kind = resource.type.removeprefix("kubernetes:").partition("/")
        kind = version_and_kind.rpartition(":")[2]
        plural = PLURALS.get(kind, f"{kind.lower()}s")
        plural = plural if not plural.endswith("ys") else f"{plural[:-2]}ies"
        for verb in ("create", "get", "patch", "delete"):
            assert ("" if group == "core" else group, plural, verb) in rights, f"{verb} {plural} of {group}"


def test_deployers_may_give_plugins_what_their_records_ask_for() -> None:
    """Kubernetes lets nobody give rights that they lack."""
    asked = {
        (group, resource, verb)
        for plugin in load_plugins().values()
        for rule in plugin.kubernetes.rules
        for group in rule.api_groups
        for resource in rule.resources
        for verb in rule.verbs
    }
    assert len(asked) > 10
    assert asked - allowed() == set()


def test_deployers_have_no_rights_that_lead_to_all_others() -> None:
    rights = allowed()
    assert [one for one in rights if "*" in one] == []
    assert {verb for _, _, verb in rights} & {"escalate", "bind", "impersonate"} == set()
    assert {resource for _, resource, _ in rights} & {"pods/exec", "serviceaccounts/token", "nodes/proxy"} == set()


def test_only_the_group_has_the_role() -> None:
    binding = only(deployer(), "ClusterRoleBinding").inputs
    assert [(one["kind"], one["name"]) for one in binding["subjects"]] == [("Group", "portal-deployers")]
    assert violations(deployer()) == []


def test_who_only_looks_reads_what_deployers_read_and_writes_nothing() -> None:
    assert allowed(reader()) == {one for one in allowed() if one[2] in {"get", "list", "watch"}}
    subjects = only(reader(), "ClusterRoleBinding").inputs["subjects"]
    assert [(one["kind"], one["name"]) for one in subjects] == [("Group", "portal-readers")]
    assert violations(reader()) == []
