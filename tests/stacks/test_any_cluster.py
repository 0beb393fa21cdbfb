"""What the settings of a stack make of its graph, in clusters that are not ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from policies.rules import violations
from portal.base.canonical import content_hash
from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.checks import checked_plan
from portal.graph.manifests import manifest_files
from portal.graph.model import Graph, Resource
from portal.graph.program import record_plan
from portal.models.cluster import Autoscaling
from portal.models.stack import StackSettings
from portal.plan import load_plan
from portal.stack.connection_budget import MOST_REPLICAS, POOL_MAX
from tests.stacks.stack_text import with_settings
from tests.support.certificates import Authority
from tests.support.graphs import acme_graph, graph_of

PULLED = {"images": {"registry": "mirror.acme.example/hub", "pullSecret": "registry"}}


def graph_with(checkout: Checkout, settings: Mapping[str, Any]) -> Graph:
    """The graph of the local stack with more settings; no rule of ours may be violated by any of them."""
    with_settings(checkout, settings)
    graph = graph_of(checkout, "local")
    assert violations(graph) == []
    return graph


def pods(graph: Graph) -> list[Mapping[str, Any]]:
    return [r.inputs["spec"]["template"] for kind in ("Deployment", "StatefulSet", "Job") for r in graph.of_kind(kind)]


def only(graph: Graph, kind: str) -> Resource:
    (resource,) = graph.of_kind(kind)
    return resource


def test_a_namespace_that_somebody_else_made_is_left_as_it_is(checkout: Checkout) -> None:
    graph = graph_with(checkout, {"namespace": {"name": "theirs", "create": False}})
    assert not graph.of_kind("Namespace")
    namespaced = [r for r in graph.objects() if "namespace" in r.inputs["metadata"]]
    assert {r.inputs["metadata"]["namespace"] for r in namespaced} == {"theirs"}
    for policy in graph.of_kind("NetworkPolicy"):
        assert policy.inputs["spec"]["podSelector"]["matchLabels"], "a policy of ours may not select their pods"


def test_an_external_database_has_its_certificate_verified_and_nothing_of_it_is_ours(checkout: Checkout) -> None:
    given = {
        "engine": "external",
        "host": "db.acme.example",
        "port": 6432,
        "user": "backstage",
        "ca": Authority("test").certificate,
    }
    graph = graph_with(checkout, {"database": given, "secrets": ["DATABASE_PASSWORD"]})
    assert not graph.of_kind("StatefulSet")
    assert not graph.of_kind("PersistentVolumeClaim")
    text = app_config(graph)
    assert "rejectUnauthorized: true" in text
    assert "BEGIN CERTIFICATE" in text
    environment = {one["name"]: one.get("value") for one in pods(graph)[0]["spec"]["containers"][0]["env"]}
    assert environment["PORTAL_DB_HOST"] == "db.acme.example"
    assert environment["PORTAL_DB_USER"] == "backstage"
    ports = [port["port"] for rule in egress(graph) for port in rule["ports"]]
    assert 6432 in ports


def test_a_password_in_somebody_elses_secret_is_mounted_and_never_read(checkout: Checkout) -> None:
    kept = {"name": "db-credentials", "key": "pass"}
    graph = graph_with(
        checkout, {"database": {"engine": "external", "host": "db.acme.example", "passwordSecret": kept}}
    )
    with_it = [pod for pod in pods(graph) if any(v["name"] == "database" for v in pod["spec"]["volumes"])]
    # The portal, and the Job that migrates its database.
    assert len(with_it) == 2
    for pod in with_it:
        (volume,) = (v for v in pod["spec"]["volumes"] if v["name"] == "database")
        assert volume["secret"]["secretName"] == "db-credentials"
        assert volume["secret"]["items"] == [{"key": "pass", "path": "password"}]
    assert "/etc/portal/database/password" in app_config(graph)


def app_config(graph: Graph) -> str:
    (text,) = (
        data["app-config.yaml"]
        for one in graph.of_kind("ConfigMap")
        if "app-config.yaml" in (data := one.inputs["data"])
    )
    return str(text)


def egress(graph: Graph) -> list[Mapping[str, Any]]:
    (policy,) = (p for p in graph.of_kind("NetworkPolicy") if p.name == "backstage-policy")
    return list(policy.inputs["spec"]["egress"])


def test_an_ingress_serves_the_host_of_the_address(checkout: Checkout) -> None:
    front = {"class": "nginx", "tlsSecret": "portal-tls", "annotations": {"acme.example/size": "8m"}}
    with_settings(checkout, {"ingress": front})
    inputs = only(graph_unchecked(checkout), "Ingress").inputs
    assert inputs["spec"]["ingressClassName"] == "nginx"
    assert inputs["spec"]["rules"][0]["host"] == "localhost"
    assert inputs["spec"]["tls"] == [{"hosts": ["localhost"], "secretName": "portal-tls"}]
    assert inputs["metadata"]["annotations"]["acme.example/size"] == "8m"


def test_a_route_hangs_on_its_gateway(checkout: Checkout) -> None:
    with_settings(checkout, {"gateway": {"name": "public", "namespace": "gateways", "listener": "https"}})
    inputs = only(graph_unchecked(checkout), "HTTPRoute").inputs
    assert inputs["spec"]["parentRefs"] == [{"name": "public", "namespace": "gateways", "sectionName": "https"}]
    assert inputs["spec"]["rules"][0]["backendRefs"][0]["name"] == "backstage"


def graph_unchecked(checkout: Checkout) -> Graph:
    """A guest behind an ingress is refused: a graph of one is for looking at the ingress."""
    return record_plan(checkout, replace(load_plan(checkout, "local"), checked=True))


def test_a_guest_behind_an_ingress_is_refused(checkout: Checkout) -> None:
    with_settings(checkout, {"ingress": {"class": "nginx"}})
    with pytest.raises(InputError, match="guest"):
        checked_plan(checkout, "local")


def test_every_image_comes_from_the_mirror_and_every_pod_can_pull(checkout: Checkout) -> None:
    graph = graph_with(checkout, PULLED)
    for pod in pods(graph):
        assert pod["spec"]["imagePullSecrets"] == [{"name": "registry"}]
        for container in [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]:
            assert container["image"].startswith("mirror.acme.example/hub/portal")


def test_the_plan_names_the_images_that_the_pods_run(checkout: Checkout) -> None:
    graph = graph_with(checkout, PULLED)
    plan = load_plan(checkout, "local")
    run = {container["image"] for pod in pods(graph) for container in pod["spec"]["containers"]}
    assert run == {plan.image, plan.database_image}


def test_placement_reaches_every_pod(checkout: Checkout) -> None:
    chosen = {
        "priorityClass": "platform",
        "nodeSelector": {"pool": "tools"},
        "tolerations": [{"key": "tools", "effect": "NoSchedule"}],
        "spread": "required",
    }
    graph = graph_with(checkout, {"scheduling": chosen})
    for pod in pods(graph):
        assert pod["spec"]["priorityClassName"] == "platform"
        assert pod["spec"]["nodeSelector"] == {"pool": "tools"}
        assert pod["spec"]["tolerations"] == [{"effect": "NoSchedule", "key": "tools", "operator": "Exists"}]
    spread = pods(graph)[0]["spec"]["topologySpreadConstraints"]
    assert {one["whenUnsatisfiable"] for one in spread} == {"DoNotSchedule"}


def test_autoscaling_leaves_the_number_of_pods_to_the_autoscaler(checkout: Checkout) -> None:
    """A number beside an autoscaler would be put back at every deployment."""
    graph = graph_with(checkout, {"autoscaling": {"min": 2, "max": 6}})
    assert "replicas" not in only(graph, "Deployment").inputs["spec"]
    spec = only(graph, "HorizontalPodAutoscaler").inputs["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"], spec["scaleTargetRef"]["name"]) == (2, 6, "backstage")


@pytest.mark.parametrize("scale", [{"replicas": 3}, {"replicas": MOST_REPLICAS}, {"autoscaling": {"max": 6}}])
def test_the_database_is_not_restarted_for_more_pods(checkout: Checkout, scale: Mapping[str, Any]) -> None:
    """Its limit has room for the most pods that a stack may have, with a pool for each plugin."""
    before = only(acme_graph("local"), "StatefulSet").inputs
    after = only(graph_with(checkout, scale), "StatefulSet").inputs
    assert after == before
    words = after["spec"]["template"]["spec"]["containers"][0]["command"]
    limit = next(int(word.partition("=")[2]) for word in words if word.startswith("max_connections="))
    plugins = load_plan(checkout, "local").plugins.values()
    pools = sum(len(plugin.record.databases) for plugin in plugins if plugin.enabled)
    assert limit > (MOST_REPLICAS + 1) * pools * POOL_MAX


def test_no_stack_may_have_more_pods_than_the_database_has_room_for() -> None:
    for model, field in ((StackSettings, "replicas"), (Autoscaling, "max")):
        limits = [rule.le for rule in model.model_fields[field].metadata if hasattr(rule, "le")]
        assert limits == [MOST_REPLICAS]


def test_labels_and_annotations_are_on_everything_and_in_no_selector(checkout: Checkout) -> None:
    graph = graph_with(
        checkout, {"labels": {"acme.example/team": "tools"}, "annotations": {"acme.example/bill": "platform, 100 %"}}
    )
    for resource in graph.objects():
        metadata = resource.inputs["metadata"]
        assert metadata["labels"]["acme.example/team"] == "tools", resource.name
        assert metadata["annotations"]["acme.example/bill"] == "platform, 100 %", resource.name
        assert "acme.example/team" not in str(resource.inputs.get("spec", {}).get("selector", "")), resource.name
    for pod in pods(graph):
        assert pod["metadata"]["labels"]["acme.example/team"] == "tools"


def test_egress_opens_what_it_names_and_nothing_else(checkout: Checkout) -> None:
    before = egress(acme_graph("local"))
    rules = [
        {"cidr": "10.20.0.0/16", "ports": [3000]},
        {"namespace": "monitoring", "ports": [9090, 9091]},
        {"namespace": "openshift-dns", "ports": [5353], "protocol": "UDP"},
    ]
    added = [rule for rule in egress(graph_with(checkout, {"egress": rules})) if rule not in before]
    assert [rule["to"][0] for rule in added] == [
        {"ipBlock": {"cidr": "10.20.0.0/16"}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "openshift-dns"}}},
    ]
    assert [[port["port"] for port in rule["ports"]] for rule in added] == [[3000], [9090, 9091], [5353]]
    assert [{port["protocol"] for port in rule["ports"]} for rule in added] == [{"TCP"}, {"TCP"}, {"UDP"}]


def test_settings_that_say_what_is_so_anyway_change_nothing(checkout: Checkout) -> None:
    before = manifest_files(acme_graph("local"))
    same: dict[str, Any] = {"namespace": "portal", "database": {"engine": "in-cluster"}, "egress": [], "labels": {}}
    assert content_hash(manifest_files(graph_with(checkout, same))) == content_hash(before)
