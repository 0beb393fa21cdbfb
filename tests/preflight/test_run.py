"""What is asked of a cluster, and when: everything once, which cluster it is where nothing changed."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.progress import PlainProgress
from portal.graph.model import Graph, Resource
from portal.kubernetes.api import ClusterApi
from portal.plan import Plan, load_plan
from portal.preflight.database import Database
from portal.preflight.preflight_record import accepted, objects_hash
from portal.preflight.requirements import GraphRequirements
from portal.preflight.rights import Right, check_rights, wanted_rights
from portal.preflight.run import preflight, require_fit
from tests.support.fake_api import FakeApi, api_for, fake_api, found, listed, recorded
from tests.support.fitting_cluster import UID, say_namespace, say_that_it_fits
from tests.support.graphs import acme_graph

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"


@pytest.fixture
def stack(checkout: Checkout) -> tuple[Graph, Plan]:
    return acme_graph("local"), load_plan(checkout, "local")


@pytest.fixture
def cluster(stack: tuple[Graph, Plan]) -> Generator[FakeApi]:
    """A cluster that fits."""
    with fake_api() as fake:
        say_that_it_fits(fake, GraphRequirements.of(stack[0]))
        yield fake


@pytest.fixture
def api(cluster: FakeApi, tmp_path: Path) -> ClusterApi:
    return api_for(cluster, tmp_path)


def fit(api: ClusterApi, checkout: Checkout, stack: tuple[Graph, Plan], graph: Graph | None = None) -> None:
    require_fit(api, graph or stack[0], stack[1], checkout, PlainProgress())


def looks(cluster: FakeApi) -> int:
    return len(cluster.asked_for("GET", CLASSES))


def test_an_up_without_changes_asks_which_cluster_it_is_and_nothing_else(
    checkout: Checkout, stack: tuple[Graph, Plan], cluster: FakeApi, api: ClusterApi
) -> None:
    fit(api, checkout, stack)
    cluster.asked.clear()
    fit(api, checkout, stack)
    assert [asked.path for asked in cluster.asked] == ["/api/v1/namespaces/kube-system", "/api/v1/namespaces/portal"]
    changed = {urn: _renamed(one) if one.type.endswith(":Service") else one for urn, one in stack[0].resources.items()}
    fit(api, checkout, stack, Graph("local", changed, {}))
    assert looks(cluster) == 1


def _renamed(resource: Resource) -> Resource:
    metadata: dict[str, Any] = {**resource.inputs["metadata"], "annotations": {"a": "b"}}
    return replace(resource, inputs={**resource.inputs, "metadata": metadata})


def test_another_cluster_under_the_same_context_is_refused(
    checkout: Checkout, stack: tuple[Graph, Plan], cluster: FakeApi, api: ClusterApi
) -> None:
    fit(api, checkout, stack)
    cluster.says("GET", "/api/v1/namespaces/kube-system", found({"metadata": {"name": "kube-system", "uid": "second"}}))
    with pytest.raises(InputError, match="another cluster than the one that has this stack"):
        fit(api, checkout, stack)
    assert accepted(checkout, "local").cluster == UID


def test_a_namespace_that_became_somebody_elses_is_refused_though_nothing_changed(
    checkout: Checkout, stack: tuple[Graph, Plan], cluster: FakeApi, api: ClusterApi
) -> None:
    fit(api, checkout, stack)
    say_namespace(cluster, "portal", {})
    with pytest.raises(InputError, match="was not made by this stack"):
        fit(api, checkout, stack)


def test_what_was_refused_is_asked_again(
    checkout: Checkout, stack: tuple[Graph, Plan], cluster: FakeApi, api: ClusterApi
) -> None:
    cluster.says("GET", CLASSES, listed("StorageClass"))
    with pytest.raises(InputError, match="the cluster has no default class"):
        fit(api, checkout, stack)
    say_that_it_fits(cluster, GraphRequirements.of(stack[0]))
    fit(api, checkout, stack)
    fit(api, checkout, stack)
    assert looks(cluster) == 2


def test_a_check_remembers_nothing_and_tells_everything_at_once(
    checkout: Checkout, stack: tuple[Graph, Plan], cluster: FakeApi, api: ClusterApi
) -> None:
    cluster.says("GET", CLASSES, listed("StorageClass"))
    cluster.says("GET", "/api/v1/namespaces/portal/services/backstage", recorded("metadata-only"))
    say_namespace(cluster, "portal", {})
    findings = preflight(api, stack[0], stack[1], checkout, PlainProgress(), replaces=True)
    namespace, storage = (error.sentence for error in findings)
    assert "portal:namespace names" in namespace
    assert "portal:database.storageClass: got nothing" in storage
    assert not checkout.preflight_file("local").exists()


def test_what_is_remembered_holds_no_secret(stack: tuple[Graph, Plan]) -> None:
    """The hash of what was accepted stays the same whatever a secret is: its object's name tells them apart."""
    requirements = GraphRequirements.of(stack[0])
    filled = json.loads(json.dumps(requirements.objects))
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
