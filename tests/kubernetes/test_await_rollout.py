"""Waiting for a rollout, from what an API server says while it goes on: done, not yet, or never."""

from __future__ import annotations

import copy
import io
from collections.abc import Generator
from pathlib import Path

import pytest

from portal.base.errors import PortalError
from portal.base.progress import PlainProgress
from portal.kubernetes import failure, rollout
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_errors import UnreachableError
from portal.kubernetes.pods import read_pods
from portal.kubernetes.rollout import await_rollout
from tests.support.fake_api import Answer, Asked, FakeApi, api_for, fake_api, found, listed, recorded
from tests.support.rollouts import (
    DEPLOYMENTS,
    EVENTS,
    MISSING,
    PODS,
    SELECTOR,
    STATEFUL_SETS,
    deployments,
    pods,
    say_that_it_runs,
    stateful_sets,
    unready,
)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Generator[FakeApi]:
    """A portal that runs."""
    monkeypatch.setattr(rollout, "POLL_SECONDS", 0)
    with fake_api() as running:
        say_that_it_runs(running)
        yield running


@pytest.fixture
def api(fake: FakeApi, tmp_path: Path) -> ClusterApi:
    return api_for(fake, tmp_path)


def wait(api: ClusterApi, limit: float = 30) -> None:
    await_rollout(api, "portal", SELECTOR, PlainProgress(io.StringIO()), limit)


def test_what_runs_is_done_at_the_first_look(fake: FakeApi, api: ClusterApi) -> None:
    wait(api)
    assert [asked.path for asked in fake.asked] == [DEPLOYMENTS, STATEFUL_SETS, PODS]
    assert {asked.query["labelSelector"] for asked in fake.asked} == {SELECTOR}


def test_it_waits_until_the_new_pods_are_ready_and_the_old_ones_gone(fake: FakeApi, api: ClusterApi) -> None:
    workloads = iter([listed("Deployment", [unready()]), found(deployments()), found(deployments())])
    surplus = pods()
    extra = copy.deepcopy(surplus["items"][0])
    looks = iter([recorded("running-pods"), found({**surplus, "items": [*surplus["items"], extra]})])
    fake.says("GET", DEPLOYMENTS, lambda _: next(workloads))
    fake.says("GET", PODS, lambda _: next(looks, recorded("running-pods")))
    wait(api)
    assert len(fake.asked_for("GET", DEPLOYMENTS)) == 3


def test_what_will_never_run_is_told_with_what_the_cluster_and_the_container_say(
    fake: FakeApi, api: ClusterApi
) -> None:
    fake.says("GET", PODS, found(pods(state=MISSING, ready=False)))
    fake.says("GET", DEPLOYMENTS, listed("Deployment", [unready()]))
    event = {"involvedObject": {"kind": "Pod", "name": "backstage-1"}, "message": "Failed to pull"}
    fake.says("GET", EVENTS, listed("Event", [event]))
    (name,) = (i["metadata"]["name"] for i in pods()["items"] if i["metadata"]["name"].startswith("backstage"))
    fake.says("GET", f"{PODS}/{name}/log", Answer(200, "cannot start\n"))
    with pytest.raises(PortalError) as caught:
        wait(api)
    said = str(caught.value)
    assert "ErrImageNeverPull (no such image)" in said
    assert "\n  pod/backstage-1: Failed to pull" in said
    assert "\n  backstage said:\n  cannot start" in said
    assert fake.asked_for("GET", EVENTS)[0].query == {"fieldSelector": "type=Warning"}
    assert fake.asked_for("GET", f"{PODS}/{name}/log")[0].query == {
        "container": "backstage",
        "tailLines": "8",
        "previous": "false",
    }


@pytest.mark.parametrize("cause", ["an older revision", "a change that is not seen yet"])
def test_a_pod_that_this_rollout_did_not_make_does_not_end_it(fake: FakeApi, api: ClusterApi, cause: str) -> None:
    """After a rollout that failed, its pod is still there when the next one begins."""
    looks = iter(
        [found({"kind": "DeploymentList", "items": [unready(**({"generation": 2} if "seen" in cause else {}))]})]
    )
    left = [found(pods("old" if "older" in cause else "new", state=MISSING, ready=False))]
    fake.says("GET", DEPLOYMENTS, lambda _: next(looks, found(deployments())))
    fake.says("GET", PODS, lambda _: left.pop() if left else recorded("running-pods"))
    wait(api)
    assert len(fake.asked_for("GET", DEPLOYMENTS)) == 2


def test_the_log_is_of_the_container_that_fails_not_of_the_one_that_waits_for_it(
    fake: FakeApi, api: ClusterApi
) -> None:
    """The database's first container ends again and again; the portal's waits for the database."""
    body = pods(state={"running": {}}, ready=False)
    database = body["items"][1]
    failing = {
        "name": "prepare",
        "ready": False,
        "restartCount": 0,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }
    database["status"] |= {"initContainerStatuses": [failing]}
    stateful = stateful_sets()
    stateful["items"][0]["status"]["readyReplicas"] = 0

    def restarted(_: Asked) -> Answer:
        failing["restartCount"] = int(str(failing["restartCount"])) + 1
        return found(body)

    fake.says("GET", DEPLOYMENTS, listed("Deployment", [unready()]))
    fake.says("GET", STATEFUL_SETS, found(stateful))
    fake.says("GET", PODS, restarted)
    previous = Answer(200, "data directory has invalid permissions\n")
    fake.says(
        "GET", f"{PODS}/database-0/log", lambda asked: previous if asked.query["previous"] == "true" else found("")
    )
    with pytest.raises(PortalError) as caught:
        wait(api)
    said = str(caught.value)
    assert f"pod database-0, container prepare ended {failure.MANY_RESTARTS} times" in said
    assert said.endswith("\n  prepare said:\n  data directory has invalid permissions")


UNSCHEDULABLE = {"type": "PodScheduled", "reason": "Unschedulable", "message": "0/1 nodes are available"}


def test_a_pod_waits_longer_for_a_node_that_an_autoscaler_adds(
    fake: FakeApi, api: ClusterApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failure, "GRACE_SECONDS", 0)
    body = pods(state={"waiting": {"reason": "ContainerCreating"}}, ready=False)
    body["items"][0]["status"]["conditions"] = [UNSCHEDULABLE]
    name = body["items"][0]["metadata"]["name"]
    coming = {"involvedObject": {"kind": "Pod", "name": name}, "message": "pod triggered scale-up"}
    looks = iter([found(body)])
    workloads = iter([listed("Deployment", [unready()])])
    fake.says("GET", DEPLOYMENTS, lambda _: next(workloads, found(deployments())))
    fake.says("GET", PODS, lambda _: next(looks, recorded("running-pods")))
    fake.says("GET", EVENTS, listed("Event", [coming]))
    wait(api)
    assert {asked.query["fieldSelector"] for asked in fake.asked_for("GET", EVENTS)} == {
        f"involvedObject.kind=Pod,reason={reason}" for reason in failure.NODE_IS_COMING
    }


def test_what_takes_too_long_is_told_without_what_cannot_be_read(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", DEPLOYMENTS, listed("Deployment", [unready()]))
    fake.says("GET", PODS, found(pods(state={"running": {}}, ready=False)))
    fake.says("GET", EVENTS, recorded("forbidden-list"))
    with pytest.raises(PortalError) as caught:
        wait(api, limit=0)
    assert str(caught.value) == "the rollout failed: not ready within 0 s"


def test_a_cluster_that_is_lost_while_waiting_says_so(fake: FakeApi, api: ClusterApi) -> None:
    def lost(_: Asked) -> Answer:
        raise ConnectionError

    fake.says("GET", PODS, lost)
    with pytest.raises(UnreachableError):
        wait(api)


def test_pods_are_read_as_a_real_cluster_shows_them(api: ClusterApi) -> None:
    running = read_pods(api, "portal", "local")
    assert [(kind, one.name, one.done) for kind, one in running.workloads] == [
        ("Deployment", "backstage", True),
        ("StatefulSet", "database", True),
    ]
    assert [(pod.component, pod.state, pod.ready, pod.container) for pod in running.pods] == [
        ("backstage", "Running", True, "backstage"),
        ("database", "Running", True, "postgres"),
    ]
    assert all(pod.container_id and pod.started and pod.image for pod in running.pods)
