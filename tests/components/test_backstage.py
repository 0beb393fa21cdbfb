"""A Backstage alone: whom it asks, what it reaches, what rolls its pods."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from components.backstage import AccessRule, Autoscale, Backstage, BackstageArgs, Identity, Network, Resources, Start
from components.network_rules import in_namespace, in_network
from policies.rules import violations
from portal.graph.manifests import manifest_files
from portal.graph.model import Graph
from tests.components.given import CONNECTION, DIGEST, METADATA, POD_LABELS, only, pod, recorded, secret

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyPeerArgsDict

READS_PODS = Identity(
    role_name="portal-test-reader",
    rules=(AccessRule(api_groups=("",), resources=("pods",), verbs=("get", "list")),),
)

START = Start(app_config="app: {}\n", questions={"title": "A portal"})


def graph_of(**changes: object) -> Graph:
    def make(opts: pulumi.ResourceOptions) -> None:
        args = BackstageArgs(
            namespace="test",
            metadata=METADATA,
            pod_labels=POD_LABELS,
            image=f"portal{DIGEST}",
            start=START,
            secrets={"DATABASE_PASSWORD": secret("password"), "SESSION_SECRET": secret("session")},
            database=CONNECTION,
            resources=Resources(cpu="100m", memory="512Mi", cpu_limit="1", memory_limit="1Gi", heap_mib=700),
        )
        Backstage("backstage", replace(args, **changes), opts)  # pyright: ignore[reportArgumentType] - as a test says

    return recorded(make)


@pytest.mark.parametrize("identity", [Identity(), READS_PODS], ids=["asks nobody", "asks the cluster"])
def test_it_keeps_every_rule(identity: Identity) -> None:
    assert violations(graph_of(identity=identity)) == []


def test_without_rules_there_is_no_token_and_no_role() -> None:
    graph = graph_of()
    assert not [volume for volume in pod(graph, "Deployment")["volumes"] if "projected" in volume]
    assert graph.of_kind("ClusterRole") == []
    assert graph.of_kind("ClusterRoleBinding") == []


def test_with_rules_one_container_has_the_token_and_the_role_is_exactly_those() -> None:
    """Mounted automatically, a container that somebody injects would have it too."""
    graph = graph_of(identity=READS_PODS)
    assert pod(graph, "Deployment")["automountServiceAccountToken"] is False
    assert only(graph, "ServiceAccount").inputs["automountServiceAccountToken"] is False
    (container,) = pod(graph, "Deployment")["containers"]
    assert [mount["name"] for mount in container["volumeMounts"] if mount["name"] == "token"] == ["token"]
    assert only(graph, "ClusterRole").inputs["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
    ]


def test_with_namespaces_there_are_roles_in_those_and_nothing_for_the_whole_cluster() -> None:
    rule = AccessRule(api_groups=("",), resources=("pods",), verbs=("get",), namespaces=("payments", "shop"))
    graph = graph_of(identity=Identity(role_name="portal-test-reader", rules=(rule,)))
    assert violations(graph) == []
    assert graph.of_kind("ClusterRole") == graph.of_kind("ClusterRoleBinding") == []
    for kind in ("Role", "RoleBinding"):
        assert [one.inputs["metadata"]["namespace"] for one in graph.of_kind(kind)] == ["payments", "shop"]
    for binding in graph.of_kind("RoleBinding"):
        assert binding.inputs["roleRef"]["kind"] == "Role"
        (subject,) = binding.inputs["subjects"]
        assert subject["namespace"] == "test", "the account is the portal's own, not one of the same name there"
    # A file for each: by kind and name alone the second would replace the first.
    assert {"role-portal-test-reader-payments.yaml", "role-portal-test-reader-shop.yaml"} <= set(manifest_files(graph))


def test_rules_for_the_whole_cluster_and_for_namespaces_do_not_mix() -> None:
    local = AccessRule(api_groups=("",), resources=("pods/log",), verbs=("get",), namespaces=("shop",))
    graph = graph_of(identity=replace(READS_PODS, rules=(*READS_PODS.rules, local)))
    assert [rule["resources"] for rule in only(graph, "ClusterRole").inputs["rules"]] == [["pods"]]
    assert [rule["resources"] for rule in only(graph, "Role").inputs["rules"]] == [["pods/log"]]


def test_an_autoscaler_owns_the_number_of_pods() -> None:
    """With a number in the Deployment too, every deployment would undo what the autoscaler did."""
    scaled = graph_of(replicas=Autoscale(least=2, most=6, cpu_percent=80))
    assert "replicas" not in only(scaled, "Deployment").inputs["spec"]
    assert only(scaled, "HorizontalPodAutoscaler").inputs["spec"]["maxReplicas"] == 6
    fixed = graph_of(replicas=3)
    assert only(fixed, "Deployment").inputs["spec"]["replicas"] == 3
    assert fixed.of_kind("HorizontalPodAutoscaler") == []


def test_selectors_are_of_labels_that_never_change() -> None:
    """A Deployment's selector cannot be changed in place, and people change their own labels."""
    graph = graph_of()
    assert only(graph, "Deployment").inputs["spec"]["selector"]["matchLabels"] == POD_LABELS
    assert only(graph, "Service").inputs["spec"]["selector"] == POD_LABELS
    labels = only(graph, "Deployment").inputs["spec"]["template"]["metadata"]["labels"]
    assert labels == {**METADATA.labels, **POD_LABELS}


def test_secrets_are_files_and_never_environment() -> None:
    """Environment is shown by `kubectl describe`, and inherited by every process."""
    graph = graph_of()
    sealed = only(graph, "Secret")
    assert sealed.secret == {("stringData",)}
    (container,) = pod(graph, "Deployment")["containers"]
    assert all(set(entry) == {"name", "value"} for entry in container["env"])
    assert not only(graph, "Deployment").secret


def test_a_password_that_somebody_else_keeps_is_mounted_from_there() -> None:
    graph = graph_of(secrets={})
    (volume,) = [one for one in pod(graph, "Deployment")["volumes"] if one["name"] == "database"]
    assert volume["secret"]["secretName"] == "theirs"
    assert [item["key"] for item in volume["secret"]["items"]] == ["pw"]


def test_a_database_in_the_namespace_is_opened_by_its_labels_and_one_elsewhere_by_its_port() -> None:
    def egress(**changes: object) -> list[Any]:
        return only(graph_of(**changes), "NetworkPolicy").inputs["spec"]["egress"]

    elsewhere = egress()[1]
    assert [port["port"] for port in elsewhere["ports"]] == [6432]
    assert "ipBlock" in elsewhere["to"][0]
    beside = egress(database=replace(CONNECTION, pod_labels={"component": "database"}))[1]
    assert beside["to"] == [{"podSelector": {"matchLabels": {"component": "database"}}}]
    in_cluster = egress(database=replace(CONNECTION, service_namespace="data"))[1]
    assert in_cluster["to"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}}}]
    narrow = egress(database=replace(CONNECTION, cidrs=["10.3.0.0/24"]))[1]
    assert narrow["to"] == [{"ipBlock": {"cidr": "10.3.0.0/24"}}]


@pytest.mark.parametrize(
    ("identity", "ports"), [(Identity(), {53, 6432, 8443}), (READS_PODS, {53, 443, 6432, 6443, 8443})]
)
def test_it_reaches_what_it_was_told_and_the_api_server_only_if_it_asks_it(identity: Identity, ports: set[int]) -> None:
    graph = graph_of(identity=identity, network=Network(outbound_ports=(8443,)))
    egress = only(graph, "NetworkPolicy").inputs["spec"]["egress"]
    assert {port["port"] for rule in egress for port in rule["ports"]} == ports


def test_nobody_sends_requests_but_those_who_are_named() -> None:
    """Without a `from`, every pod of the cluster could."""

    def ingress(*senders: NetworkPolicyPeerArgsDict) -> Any:
        return only(graph_of(network=Network(senders=senders)), "NetworkPolicy").inputs["spec"]["ingress"]

    assert ingress() == []
    (rule,) = ingress(in_namespace("ingress-nginx"), in_network("10.0.0.0/8"))
    assert rule["ports"] == [{"port": 7007, "protocol": "TCP"}]
    assert rule["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}},
        {"ipBlock": {"cidr": "10.0.0.0/8"}},
    ]


def test_without_a_node_port_it_is_inside_the_cluster_only() -> None:
    assert only(graph_of(), "Service").inputs["spec"]["type"] == "ClusterIP"
    exposed = only(graph_of(network=Network(node_port=30707)), "Service").inputs["spec"]
    assert (exposed["type"], exposed["ports"][0]["nodePort"]) == ("NodePort", 30707)


def test_changed_configuration_rolls_the_pods_and_touches_nothing_else() -> None:
    before, after = graph_of(), graph_of(start=replace(START, app_config="app: {title: Another}\n"))
    kept = set(before.resources) & set(after.resources)
    assert {urn.split(":")[-1].rpartition("-")[0] for urn in set(before.resources) ^ set(after.resources)} == {
        "backstage-config"
    }
    assert [before.resources[urn].name for urn in kept if before.resources[urn] != after.resources[urn]] == [
        "backstage-server"
    ]


@pytest.mark.parametrize("migrates", [False, True], ids=["migrated before", "migrates"])
@pytest.mark.parametrize("authority", [None, "a certificate"])
def test_every_file_that_is_mounted_or_imported_is_in_the_config_map(authority: str | None, migrates: bool) -> None:
    """A pod that mounts a file which is not there never starts, and one that lacks a module ends at once."""
    graph = graph_of(database=replace(CONNECTION, authority=authority), start=replace(START, migrates=migrates))
    (container,) = pod(graph, "Deployment")["containers"]
    mounts = [mount for mount in container["volumeMounts"] if mount["name"] == "config"]
    files = only(graph, "ConfigMap").inputs["data"]
    assert {mount["subPath"] for mount in mounts} == set(files)
    imported = {word.removeprefix("file://") for word in container["command"] if word.startswith("file://")}
    assert len(imported) == (5 if migrates else 4)
    # What modules import from files beside them.
    beside = {f"/etc/portal/{name}" for text in files.values() for name in re.findall(r"from '\./(.+?)'", text)}
    assert imported | beside <= {mount["mountPath"] for mount in mounts}
    assert ("a certificate" in files.values()) is (authority is not None)


def test_start_modules_have_words_in_place_of_their_marks() -> None:
    files = only(graph_of(start=replace(START, migrates=True)), "ConfigMap").inputs["data"]
    assert not [name for name, text in files.items() if re.search("@[A-Z_]+@", text)]
    assert "process.env" in files["database-client.mjs"]


def test_a_name_with_a_dollar_reaches_the_pod_as_it_is() -> None:
    """Kubernetes would replace ``$(PORTAL_DB_HOST)``, and make one dollar of two."""
    named = replace(CONNECTION, user="$(PORTAL_DB_HOST)", database="a$$b")
    variables = pod(graph_of(database=named), "Deployment")["containers"][0]["env"]
    values = {variable["name"]: variable["value"] for variable in variables}
    assert values["PORTAL_DB_USER"] == "$$(PORTAL_DB_HOST)"
    assert values["PORTAL_DB_NAME"] == "a$$$$b"
