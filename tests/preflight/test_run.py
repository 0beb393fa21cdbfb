"""What is asked of a cluster, and when: everything once, one question where nothing changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.progress import PlainProgress
from portal.checks import drawable_plan
from portal.graph.model import Graph, Resource
from portal.graph.program import record_plan
from portal.kubernetes.kubectl import Kubectl
from portal.plan import Plan, load_plan
from portal.preflight import run
from portal.preflight.database import Database
from portal.preflight.preflight_record import accepted, objects_hash
from portal.preflight.requirements import GraphRequirements
from portal.preflight.rights import Right, check_rights, wanted_rights
from portal.preflight.snapshot import ClusterIdentity, ClusterSnapshot
from tests.preflight.test_checks import LABELS, STORAGE

KUBECTL = Kubectl(Path("/nowhere/kubectl"), "theirs", None, Path("/nowhere"))


class Cluster:
    """A cluster that fits; counts how often it is looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.identity = "first"
        self.labels: dict[str, str] = LABELS
        self.looks = 0
        monkeypatch.setattr(run, "read_identity", self._place)
        monkeypatch.setattr(run, "look", self._look)

    def _place(self, *_: object) -> ClusterIdentity:
        return ClusterIdentity(self.identity, {"metadata": {"name": "portal", "labels": self.labels}})

    def _look(self, _kubectl: object, _needs: object, place: ClusterIdentity) -> ClusterSnapshot:
        self.looks += 1
        return ClusterSnapshot(place, items=(STORAGE,))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    return Cluster(monkeypatch)


@pytest.fixture
def stack(checkout: Checkout) -> tuple[Graph, Plan]:
    return record_plan(checkout, drawable_plan(checkout, "local")), load_plan(checkout, "local")


def fit(checkout: Checkout, stack: tuple[Graph, Plan], graph: Graph | None = None) -> None:
    run.require_fit(KUBECTL, graph or stack[0], stack[1], checkout, PlainProgress())


def test_an_up_without_changes_asks_one_question(
    checkout: Checkout, stack: tuple[Graph, Plan], cluster: Cluster
) -> None:
    fit(checkout, stack)
    fit(checkout, stack)
    assert cluster.looks == 1
    changed = {urn: _renamed(one) if one.type.endswith(":Service") else one for urn, one in stack[0].resources.items()}
    fit(checkout, stack, Graph("local", changed, {}))
    assert cluster.looks == 2


def _renamed(resource: Resource) -> Resource:
    metadata: dict[str, Any] = {**resource.inputs["metadata"], "annotations": {"a": "b"}}
    return replace(resource, inputs={**resource.inputs, "metadata": metadata})


def test_another_cluster_under_the_same_context_is_refused(
    checkout: Checkout, stack: tuple[Graph, Plan], cluster: Cluster
) -> None:
    fit(checkout, stack)
    cluster.identity = "second"
    with pytest.raises(InputError, match="another cluster than the one that the stack is in"):
        fit(checkout, stack)
    assert accepted(checkout, "local").cluster == "first"


def test_a_namespace_that_became_somebody_elses_is_refused_though_nothing_changed(
    checkout: Checkout, stack: tuple[Graph, Plan], cluster: Cluster
) -> None:
    fit(checkout, stack)
    cluster.labels = {}
    with pytest.raises(InputError, match="was not made by this stack"):
        fit(checkout, stack)


def test_what_was_refused_is_asked_again(
    checkout: Checkout, stack: tuple[Graph, Plan], cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> list[InputError]:
        return [InputError(where="w", key="k", got="g", allowed="a", fix="f")]

    with monkeypatch.context() as broken:
        broken.setattr(run, "cluster_findings", refuse)
        with pytest.raises(InputError):
            fit(checkout, stack)
    fit(checkout, stack)
    assert cluster.looks == 2


def test_what_is_remembered_holds_no_secret(stack: tuple[Graph, Plan]) -> None:
    """The hash of what was accepted stays the same whatever a secret is: its object's name tells them apart."""
    needs = GraphRequirements.of(stack[0])
    filled = json.loads(json.dumps(needs.objects))
    for item in filled:
        if item["kind"] == "Secret":
            item["stringData"] = {"A": "hunter2"}
    other = json.loads(json.dumps(filled).replace("hunter2", "hunter3"))
    assert objects_hash(GraphRequirements("local", tuple(filled))) == objects_hash(
        GraphRequirements("local", tuple(other))
    )


def test_a_database_is_tried_again_when_its_secret_changed_and_never_named_by_its_password() -> None:
    def database(password: str, kept_in: str) -> Database:
        return Database({"PORTAL_DB_HOST": "db"}, (), None, password, kept_in)

    assert database("hunter2", "a").fingerprint == database("hunter3", "a").fingerprint
    assert database("hunter2", "a").fingerprint != database("hunter2", "b").fingerprint
    assert "hunter2" not in repr(database("hunter2", "a"))


def test_rights_are_those_of_the_graphs_kinds(stack: tuple[Graph, Plan]) -> None:
    wanted = wanted_rights(GraphRequirements.of(stack[0]), namespace_exists=True)
    assert Right("patch", "networkpolicies.networking.k8s.io", "portal") in wanted
    assert Right("create", "clusterroles.rbac.authorization.k8s.io") in wanted
    assert Right("create", "namespaces") not in wanted
    assert Right("delete", "persistentvolumeclaims", "portal") not in wanted
    (error,) = check_rights(wanted[:2], lambda _: "stacks/Pulumi.local.yaml")
    assert "no right to create clusterrolebindings.rbac.authorization.k8s.io, clusterroles" in error.sentence
