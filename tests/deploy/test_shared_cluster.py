"""Two stacks in a cluster of ours: both are reached, and each goes away without the other, in any order."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.progress import Progress
from portal.contract import NODE_PORT
from portal.deploy import reach
from portal.deploy.cluster import LocalCluster, RunningCluster
from portal.deploy.down import DELETE, STOP
from portal.deploy.forward import Forward
from portal.deploy.own_cluster import OwnCluster
from portal.deploy.publication import Publication, publication, publication_of_a_start, write_publication
from portal.deploy.run_steps import run_steps
from portal.deploy.shared_cluster import SharedCluster
from portal.deploy.stack_record import StackRecord, recorded_stacks, write_stack_record
from portal.deploy.steps.share_cluster import ShareCluster
from portal.kubernetes.kubectl import Kubectl
from portal.release.images import Images
from tests.support.deployments import EngineOfATest, deployment_of, gives, replaced
from tests.support.fake_api import CONTEXT, FakeApi, fake_api, listed, recorded, write_kubeconfig

pytestmark = pytest.mark.usefixtures("fake")

DEPLOYMENTS = "/apis/apps/v1/deployments"
STATEFUL_SETS = "/apis/apps/v1/statefulsets"
PODS = "/api/v1/namespaces/portal/pods"
# Writes down what it is called for, without the words that are the same every time.
KUBECTL = '#!/bin/sh\nprintf "%s " "$@" >> "$0.calls"; echo >> "$0.calls"\n'


@dataclass(frozen=True)
class Ours(OwnCluster):
    """A cluster of ours that a server of the tests' own plays."""

    id: ClassVar[str] = "ours"

    checkout: Checkout
    folder: Path
    port: int = 7007
    stack: str = "local"
    node_port: int | None = None
    asked: list[str] = field(default_factory=list[str])
    runs: list[bool] = field(default_factory=lambda: [True])

    def start(self, progress: Progress) -> RunningCluster:
        self.asked.append("start")
        return RunningCluster(self.kubectl(), self.service_settings())

    def load(self, images: Images, progress: Progress) -> None:
        """Nothing."""

    def stop(self, progress: Progress) -> None:
        self.asked.append("stop")

    def delete(self, progress: Progress) -> None:
        self.asked.append("delete")

    def running(self) -> bool:
        return self.runs[0]

    def kubectl(self) -> Kubectl:
        return Kubectl(self.folder / "kubectl", CONTEXT, self.folder / "kubeconfig", self.checkout.state)


def workloads(*stacks: str) -> list[dict[str, object]]:
    labels = [{"app.kubernetes.io/managed-by": "portal", "app.kubernetes.io/instance": stack} for stack in stacks]
    return [{"metadata": {"name": "backstage", "labels": one}} for one in labels]


@pytest.fixture
def fake(tmp_path: Path) -> Generator[FakeApi]:
    """The cluster of both stacks."""
    program = tmp_path / "kubectl"
    program.write_text(KUBECTL)
    program.chmod(0o755)
    with fake_api() as running:
        write_kubeconfig(tmp_path, running.url, {})
        running.says("GET", DEPLOYMENTS, listed("PartialObjectMetadata", workloads("local", "second")))
        running.says("GET", STATEFUL_SETS, listed("PartialObjectMetadata", workloads("local")))
        yield running


@pytest.fixture
def both(checkout: Checkout) -> Checkout:
    """A checkout with two stacks that are up in its cluster."""
    text = checkout.stack_file("local").read_text().replace(":7007", ":7008")
    checkout.stack_file("second").write_text(f"{text}  portal:namespace: second\n")
    for stack in ("local", "second"):
        write_stack_record(checkout, stack, StackRecord("test", "ours"))
    return checkout


def down(checkout: Checkout, cluster: Ours, stack: str, *, delete_data: bool = False) -> EngineOfATest:
    engine = EngineOfATest()
    steps = replaced(
        DELETE if delete_data else STOP,
        {"choose-cluster": gives("choose-cluster", cluster), "recall-engine": gives("recall-engine", engine)},
    )
    run_steps(steps, deployment_of(checkout, stack))
    return engine


def calls(cluster: Ours) -> list[str]:
    file = cluster.folder / "kubectl.calls"
    return file.read_text().splitlines() if file.is_file() else []


def test_down_stops_what_is_its_own(both: Checkout, tmp_path: Path) -> None:
    cluster = Ours(both, tmp_path, stack="second", port=7008)
    engine = down(both, cluster, "second")
    assert cluster.asked == [], "the other portal goes on"
    assert engine.asked == ["remove"], "or its next `up` believes that everything is there"
    (removed,) = calls(cluster)
    assert "delete deployments,statefulsets --namespace=second" in removed
    assert "app.kubernetes.io/instance=second" in removed


def test_down_of_the_last_that_runs_stops_the_cluster(fake: FakeApi, both: Checkout, tmp_path: Path) -> None:
    fake.says("GET", DEPLOYMENTS, listed("PartialObjectMetadata", workloads("local")))
    cluster = Ours(both, tmp_path)
    assert down(both, cluster, "local").asked == []
    assert cluster.asked == ["stop"]
    assert calls(cluster) == []


def test_a_cluster_that_does_not_answer_can_be_stopped(fake: FakeApi, both: Checkout, tmp_path: Path) -> None:
    fake.says("GET", DEPLOYMENTS, recorded("forbidden-list"))
    cluster = Ours(both, tmp_path)
    down(both, cluster, "local")
    assert cluster.asked == ["stop"]


@pytest.mark.parametrize("order", [("local", "second"), ("second", "local")])
@pytest.mark.parametrize("running", [True, False])
def test_both_can_be_deleted_in_any_order(
    fake: FakeApi, both: Checkout, tmp_path: Path, order: tuple[str, str], *, running: bool
) -> None:
    first, last = order
    cluster = Ours(both, tmp_path, stack=first, runs=[running])
    assert down(both, cluster, first, delete_data=True).asked == ["forget"]
    assert cluster.asked == ([] if running else ["start", "stop"])
    assert all(f"app.kubernetes.io/instance={first}" in call for call in calls(cluster))
    assert any("delete namespaces,clusterroles" in call for call in calls(cluster))
    assert recorded_stacks(both) == [last]
    fake.says("GET", DEPLOYMENTS, listed("PartialObjectMetadata", workloads(last)))
    fake.says("GET", STATEFUL_SETS, listed("PartialObjectMetadata", workloads(last)))
    cluster = Ours(both, tmp_path, stack=last)
    down(both, cluster, last, delete_data=True)
    assert cluster.asked == ["delete"]
    assert not both.state.exists()


def test_a_stack_in_the_cluster_by_its_context_counts(both: Checkout, tmp_path: Path) -> None:
    """Also while everything is stopped."""
    shared = StackRecord("test", "context", CONTEXT, str(both.own_kubeconfig.relative_to(both.root)))
    write_stack_record(both, "second", shared)
    cluster = Ours(both, tmp_path, runs=[False])
    down(both, cluster, "local", delete_data=True)
    assert cluster.asked == ["start", "stop"]


def test_a_stack_elsewhere_does_not_count(fake: FakeApi, both: Checkout, tmp_path: Path) -> None:
    write_stack_record(both, "second", StackRecord("test", "context", "theirs"))
    fake.says("GET", DEPLOYMENTS, listed("PartialObjectMetadata", workloads("local")))
    cluster = Ours(both, tmp_path)
    down(both, cluster, "local", delete_data=True)
    assert cluster.asked == ["delete"]
    assert recorded_stacks(both) == ["second"]


def test_a_stack_of_another_checkout_is_not_deleted_with_the_cluster(both: Checkout, tmp_path: Path) -> None:
    shutil.rmtree(both.records)
    write_stack_record(both, "local", StackRecord("test", "ours"))
    cluster = Ours(both, tmp_path)
    with pytest.raises(InputError, match=r"also has second.*portal down --stack second"):
        down(both, cluster, "local", delete_data=True)
    assert cluster.asked == calls(cluster) == []


def test_it_is_said_that_the_cluster_stays(both: Checkout, tmp_path: Path) -> None:
    notes: list[str] = []
    deployment = deployment_of(both, "second")
    deployment.progress.note = notes.append  # type: ignore[method-assign]
    run_steps((gives("choose-cluster", Ours(both, tmp_path)), ShareCluster(data=False)), deployment)
    assert notes == ["The cluster stays: it also has local."]
    assert isinstance(deployment.get(LocalCluster), SharedCluster)


def test_the_first_stack_has_the_node_port_and_others_are_forwarded(both: Checkout, tmp_path: Path) -> None:
    write_publication(both, Publication(7007, "local"))
    assert Ours(both, tmp_path).service_settings() == {"portal:service": {"nodePort": NODE_PORT}}
    assert Ours(both, tmp_path, port=7008, stack="second").service_settings() == {}


@pytest.mark.parametrize(
    ("port", "node_port", "published"),
    [(7007, None, True), (7007, NODE_PORT, True), (7007, 30800, False), (8123, None, False)],
)
def test_a_node_port_of_the_file_and_a_changed_port_are_not_ignored(
    both: Checkout, tmp_path: Path, port: int, node_port: int | None, *, published: bool
) -> None:
    write_publication(both, Publication(7007, "local"))
    assert Ours(both, tmp_path, port=port, node_port=node_port).is_published is published


def test_a_start_keeps_the_port_of_who_had_it_while_there_is_one(both: Checkout) -> None:
    assert publication_of_a_start(both, "second", 7008) == Publication(7008, "second")
    write_publication(both, Publication(7007, "local"))
    assert publication_of_a_start(both, "second", 7008) == Publication(7007, "local")
    assert publication_of_a_start(both, "local", 8123) == Publication(8123, "local"), "its port has changed"
    both.stack_record_file("local").unlink()
    assert publication_of_a_start(both, "second", 7008) == Publication(7008, "second")
    assert publication(both, "second", 7008) == Publication(7007, "second"), "until it is started again"


def test_a_port_is_tried_before_anything_is_rolled(both: Checkout, tmp_path: Path) -> None:
    write_publication(both, Publication(7007, "local"))
    Ours(both, tmp_path).require_port()
    with pytest.raises(InputError, match="stack local has port 7007"):
        Ours(both, tmp_path, stack="second").require_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = int(other.getsockname()[1])
        for cluster in (Ours(both, tmp_path, port=port), Ours(both, tmp_path, port=port, runs=[False])):
            with pytest.raises(InputError, match=f"nother program on this machine listens on port {port}"):
                cluster.require_port()


def pod(name: str, created: str, *, ready: bool = True, ends: bool = False) -> dict[str, object]:
    metadata = {"name": name, "creationTimestamp": created, **({"deletionTimestamp": created} if ends else {})}
    return {"metadata": metadata, "status": {"conditions": [{"type": "Ready", "status": str(ready)}]}}


def test_the_pod_that_is_forwarded_to_is_not_the_one_that_ends(
    fake: FakeApi, both: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a Service's ready pods, kubectl takes the oldest: after a rollout, the one that is about to go."""
    started: list[tuple[object, ...]] = []

    def start(_: Forward, _kubectl: Kubectl, *given: object) -> None:
        started.append(given)

    monkeypatch.setattr(Forward, "start", start)
    forward, kubectl = reach.forwarding(both, "local"), Ours(both, tmp_path).kubectl()
    reach.forward_to_the_portal(forward, kubectl, "local", "portal", "backstage", 7008)
    fake.says(
        "GET",
        PODS,
        listed(
            "Pod",
            [
                pod("old", "2026-01-01T00:00:00Z", ends=True),
                pod("new", "2026-01-02T00:00:00Z"),
                pod("starts", "2026-01-03T00:00:00Z", ready=False),
            ],
        ),
    )
    reach.forward_to_the_portal(forward, kubectl, "local", "portal", "backstage", 7008)
    assert started == [("portal", "service/backstage", 7008, 80), ("portal", "pod/new", 7008, 7007)]
