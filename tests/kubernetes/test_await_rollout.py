"""Waiting for a rollout, from what an API server says while it goes on: done, not yet, or never."""

from __future__ import annotations

import copy
import io
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from portal.base.errors import PortalError
from portal.base.progress import PlainProgress
from portal.kubernetes import rollout
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_errors import UnreachableError
from portal.kubernetes.ownership import own_selector
from portal.kubernetes.pods import read_pods
from portal.kubernetes.rollout import await_rollout
from tests.support.fake_api import Answer, Asked, FakeApi, api_for, fake_api, found, listed, recorded

DEPLOYMENTS = "/apis/apps/v1/namespaces/portal/deployments"
STATEFUL_SETS = "/apis/apps/v1/namespaces/portal/statefulsets"
PODS = "/api/v1/namespaces/portal/pods"
EVENTS = "/api/v1/namespaces/portal/events"
SELECTOR = own_selector("local")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Generator[FakeApi]:
    """A portal that runs."""
    monkeypatch.setattr(rollout, "POLL_SECONDS", 0)
    with fake_api() as running:
        running.says("GET", DEPLOYMENTS, recorded("running-deployments"))
        running.says("GET", STATEFUL_SETS, recorded("running-stateful-sets"))
        running.says("GET", PODS, recorded("running-pods"))
        running.says("GET", EVENTS, listed("Event"))
        yield running


@pytest.fixture
def api(fake: FakeApi, tmp_path: Path) -> ClusterApi:
    return api_for(fake, tmp_path)


def wait(api: ClusterApi, limit: float = 30) -> None:
    await_rollout(api, "portal", SELECTOR, PlainProgress(io.StringIO()), limit)


def pods(**changes: Any) -> Mapping[str, Any]:
    """The list of pods, with the portal's first container in another state."""
    body = copy.deepcopy(recorded("running-pods").body)
    for item in body["items"]:
        if item["metadata"]["name"].startswith("backstage"):
            item["status"]["containerStatuses"][0] |= changes
    return body


def test_what_runs_is_done_at_the_first_look(fake: FakeApi, api: ClusterApi) -> None:
    wait(api)
    assert [asked.path for asked in fake.asked] == [DEPLOYMENTS, STATEFUL_SETS, PODS]
    assert {asked.query["labelSelector"] for asked in fake.asked} == {SELECTOR}


def test_it_waits_until_the_new_pods_are_ready_and_the_old_ones_gone(fake: FakeApi, api: ClusterApi) -> None:
    late = copy.deepcopy(recorded("running-deployments").body)
    late["items"][0]["status"]["availableReplicas"] = 0
    workloads = iter([found(late), recorded("running-deployments"), recorded("running-deployments")])
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
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    fake.says("GET", PODS, found(pods(state=waiting, ready=False)))
    fake.says("GET", DEPLOYMENTS, listed("Deployment", [_unready()]))
    event = {"involvedObject": {"kind": "Pod", "name": "backstage-1"}, "message": "Failed to pull"}
    fake.says("GET", EVENTS, listed("Event", [event]))
    (name,) = (i["metadata"]["name"] for i in pods()["items"] if i["metadata"]["name"].startswith("backstage"))
    fake.says("GET", f"{PODS}/{name}/log", Answer(200, "cannot start\n"))
    with pytest.raises(PortalError) as caught:
        wait(api)
    said = str(caught.value)
    assert "ImagePullBackOff (no such image)" in said
    assert "\n  pod/backstage-1: Failed to pull" in said
    assert "\n  backstage said:\n  cannot start" in said
    assert fake.asked_for("GET", EVENTS)[0].query == {"fieldSelector": "type=Warning"}
    assert fake.asked_for("GET", f"{PODS}/{name}/log")[0].query == {"container": "backstage", "tailLines": "8"}


def _unready() -> Mapping[str, Any]:
    item = copy.deepcopy(recorded("running-deployments").body["items"][0])
    item["status"]["availableReplicas"] = 0
    return item


def test_what_takes_too_long_is_told_without_what_cannot_be_read(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", DEPLOYMENTS, listed("Deployment", [_unready()]))
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
