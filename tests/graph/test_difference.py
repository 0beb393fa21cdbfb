"""A reviewer reads what a change does to each object, in words that an engine keeps."""

from __future__ import annotations

from typing import Any

import pytest

from portal.base.content_name import content_name
from portal.graph.difference import ResourceChange, graph_difference
from portal.graph.model import Graph, Resource
from portal.graph.replacement import Effect, effect


def graph(*resources: tuple[str, str, dict[str, Any]], protect: bool = False) -> Graph:
    found = {
        f"{kind}{name}": Resource(
            urn=f"{kind}{name}",
            type=f"kubernetes:v1:{kind}",
            name=name,
            parent="",
            custom=True,
            provider="",
            inputs={"kind": kind, "metadata": {"name": name}, **inputs},
            protect=protect,
        )
        for kind, name, inputs in resources
    }
    return Graph("dev", found, {})


def config(text: str) -> tuple[str, str, dict[str, Any]]:
    return "ConfigMap", content_name("config", text), {"data": {"file": text}}


def words(found: tuple[ResourceChange, ...]) -> list[str]:
    return [f"{one.word}: {one.kind} {one.name}" for one in found]


def test_the_same_graph_has_no_changes() -> None:
    one = graph(("Service", "front", {"spec": {"type": "ClusterIP"}}), config("a"))
    assert graph_difference(one, one) == ()


def test_what_is_named_by_its_content_changes_once_and_drags_nobody_along() -> None:
    """Its name stands in the pod as well. What changed is its content."""

    def with_pod(text: str) -> Graph:
        name = config(text)[1]
        return graph(config(text), ("Deployment", "front", {"spec": {"template": {"volume": name}}}))

    (change,) = graph_difference(with_pod("a"), with_pod("b"))
    assert (change.word, change.kind, change.name) == ("changed", "ConfigMap", "config")
    assert [one.line for one in change.fields] == ['- data.file: "a"', '+ data.file: "b"']


def test_a_job_that_runs_again_is_one_change() -> None:
    """Whatever in its name's hash is the reason: what it verifies may be nowhere in the object."""

    def job(text: str) -> Graph:
        return graph(("Job", content_name("verify", text), {"spec": {"template": {}}}))

    assert words(graph_difference(job("a"), job("b"))) == ["changed: Job verify"]
    assert graph_difference(job("a"), job("a")) == ()


def test_a_text_that_only_looks_like_such_a_name_is_compared() -> None:
    before, after = (graph(("Service", "front", {"note": f"build-{digit * 10}"})) for digit in "ab")
    assert words(graph_difference(before, after)) == ["changed: Service front"]


def test_what_is_refused_comes_first_and_then_what_holds_data() -> None:
    claim = {"spec": {"resources": {"requests": {"storage": "5Gi"}}}}
    smaller = {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}
    before = graph(("Role", "a", {}), ("PersistentVolumeClaim", "data", claim), ("StatefulSet", "database", {}))
    after = graph(("Role", "b", {}), ("PersistentVolumeClaim", "data", smaller))
    found = graph_difference(before, after)
    assert words(found) == [
        "will be refused: PersistentVolumeClaim data",
        "deleted: StatefulSet database",
        "deleted: Role a",
        "created: Role b",
    ]
    assert [one.loses_data for one in found] == [False, True, False, False]


@pytest.mark.parametrize(
    ("kind", "path", "expected"),
    [
        ("Deployment", ("spec", "replicas"), Effect.CHANGED),
        ("Deployment", ("spec", "selector", "matchLabels", "a"), Effect.REPLACED),
        ("Service", ("metadata", "namespace"), Effect.REPLACED),
        ("StatefulSet", ("spec", "template", "spec"), Effect.CHANGED),
        ("StatefulSet", ("spec", "serviceName"), Effect.REPLACED),
        ("StatefulSet", ("spec", "updateStrategy"), Effect.CHANGED),
        ("StatefulSet", ("spec", "somethingNew"), Effect.REFUSED),
        ("StatefulSet", ("metadata", "labels", "a"), Effect.CHANGED),
        ("PersistentVolumeClaim", ("spec", "storageClassName"), Effect.REPLACED),
        ("PersistentVolumeClaim", ("spec", "volumeMode"), Effect.REFUSED),
        ("Job", ("spec", "template", "spec"), Effect.REPLACED),
        ("ClusterRoleBinding", ("roleRef", "name"), Effect.REPLACED),
        ("ConfigMap", ("data", "file"), Effect.REPLACED),
        ("OfTomorrow", ("spec",), Effect.CHANGED),
    ],
)
def test_what_a_field_does_to_its_object(kind: str, path: tuple[str, ...], expected: Effect) -> None:
    assert effect(kind, path) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("5Gi", "10Gi", Effect.CHANGED), ("5Gi", "5000Mi", Effect.REFUSED), ("1Ti", "1Gi", Effect.REFUSED)],
)
def test_a_volume_can_only_grow(before: str, after: str, expected: Effect) -> None:
    path = ("spec", "resources", "requests", "storage")
    assert effect("PersistentVolumeClaim", path, before, after) == expected


def test_what_is_protected_is_refused_and_said_when_it_no_longer_is() -> None:
    """Pulumi neither deletes nor replaces it. A change that only lifts the protection changes no field."""

    def claim(storage_class: str, *, protect: bool) -> Graph:
        return graph(("PersistentVolumeClaim", "data", {"spec": {"storageClassName": storage_class}}), protect=protect)

    kept = claim("slow", protect=True)
    assert words(graph_difference(kept, claim("fast", protect=True))) == ["will be refused: PersistentVolumeClaim data"]
    assert words(graph_difference(kept, graph())) == ["will be refused: PersistentVolumeClaim data"]
    (lifted,) = graph_difference(kept, claim("slow", protect=False))
    assert (lifted.word, lifted.unprotected) == ("changed", True)


def test_only_configmaps_and_secrets_are_named_by_their_content() -> None:
    """A namespace may well end in ten digits."""
    before, after = (graph(("Namespace", f"team-{year}010100", {})) for year in (2025, 2026))
    assert words(graph_difference(before, after)) == [
        "deleted: Namespace team-2025010100",
        "created: Namespace team-2026010100",
    ]


def test_another_cluster_is_another_of_everything() -> None:
    def provider(context: str) -> Graph:
        one = Resource("p", "pulumi:providers:kubernetes", "cluster", "", True, "", {"context": context})
        return Graph("dev", {"p": one}, {})

    assert words(graph_difference(provider("staging"), provider("prod"))) == ["replaced: kubernetes cluster"]


def aws_graph(resource_type: str, inputs: dict[str, Any], *, protect: bool = False) -> Graph:
    one = Resource("one", resource_type, "one", "", True, "", inputs, protect=protect)
    return Graph("prod", {"one": one}, {})


DATABASE = "aws:rds/instance:Instance"


@pytest.mark.parametrize(
    ("resource_type", "before", "after", "expected"),
    [
        (DATABASE, {"kmsKeyId": "a"}, {"kmsKeyId": "b"}, "replaced: rds.Instance one"),
        (DATABASE, {"instanceClass": "a"}, {"instanceClass": "b"}, "changed: rds.Instance one"),
        (DATABASE, {"allocatedStorage": 50}, {"allocatedStorage": 100}, "changed: rds.Instance one"),
        (DATABASE, {"allocatedStorage": 100}, {"allocatedStorage": 50}, "will be refused: rds.Instance one"),
        ("aws:iam/role:Role", {"path": "/a/"}, {"path": "/b/"}, "replaced: iam.Role one"),
        ("aws:lb/targetGroup:TargetGroup", {"port": 1}, {"port": 2}, "replaced: lb.TargetGroup one"),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "a"}, {}, "replaced: ec2.Vpc one"),
        (
            *("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {"cidrIpv4": "a"}, {"cidrIpv4": "b"}),
            "changed: vpc.SecurityGroupIngressRule one",
        ),
    ],
)
def test_a_resource_of_aws_changes_as_its_type_does(
    resource_type: str, before: dict[str, Any], after: dict[str, Any], expected: str
) -> None:
    found = graph_difference(aws_graph(resource_type, before), aws_graph(resource_type, after))
    assert words(found) == [expected]


@pytest.mark.parametrize(
    ("resource_type", "field"),
    [
        (DATABASE, "storageEncrypted"),
        ("aws:s3/bucket:Bucket", "bucket"),
        ("aws:kms/key:Key", "keyUsage"),
        ("aws:eks/cluster:Cluster", "roleArn"),
        ("aws:ec2/vpc:Vpc", "cidrBlock"),
        ("aws:ecr/repository:Repository", "name"),
    ],
)
def test_data_on_aws_is_lost_with_what_holds_it_unless_that_is_protected(resource_type: str, field: str) -> None:
    before, after = (aws_graph(resource_type, {field: value}) for value in "ab")
    (replaced,) = graph_difference(before, after)
    assert replaced.loses_data
    (deleted,) = graph_difference(before, Graph("prod", {}, {}))
    assert deleted.loses_data
    (kept,) = graph_difference(*(aws_graph(resource_type, {field: value}, protect=True) for value in "ab"))
    assert (kept.word, kept.loses_data) == ("will be refused", False)


def test_only_a_database_may_restart() -> None:
    """A tag of a bucket is changed while everything runs."""

    def restarts(resource_type: str) -> bool:
        (found,) = graph_difference(*(aws_graph(resource_type, {"tags": {"team": value}}) for value in "ab"))
        return found.may_restart

    assert restarts(DATABASE)
    assert not restarts("aws:s3/bucket:Bucket")
    assert not restarts("aws:iam/role:Role")


def test_a_kind_of_kubernetes_and_one_of_aws_are_not_confused() -> None:
    before, after = (aws_graph("aws:secretsmanager/secret:Secret", {"data": value}) for value in "ab")
    assert words(graph_difference(before, after)) == ["changed: secretsmanager.Secret one"]
