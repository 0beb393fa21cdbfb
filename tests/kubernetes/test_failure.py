"""A rollout that cannot succeed is told apart from a slow one, and from what passes by itself."""

from __future__ import annotations

from typing import Any

import pytest

from portal.kubernetes.failure import (
    FINAL,
    GRACE_SECONDS,
    MANY_RESTARTS,
    MAY_PASS,
    NODE_SECONDS,
    Failure,
    FailureWatch,
)

UNSCHEDULABLE = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/1 nodes are available: 1 Insufficient cpu.",
}


def pod(reason: str = "", restarts: int = 0, *, conditions: tuple[Any, ...] = ()) -> dict[str, Any]:
    waiting: dict[str, Any] = {"waiting": {"reason": reason, "message": "because"}} if reason else {"running": {}}
    status: dict[str, Any] = {"name": "backstage", "state": waiting, "restartCount": restarts, "ready": False}
    return {
        "metadata": {"name": "backstage-1"},
        "status": {"phase": "Running", "conditions": list(conditions), "containerStatuses": [status]},
    }


def found(*looks: dict[str, Any], every: float = GRACE_SECONDS) -> Failure | None:
    """What the last of several looks finds, each some seconds after the one before."""
    watch = FailureWatch()
    return [watch.find([look], number * every) for number, look in enumerate(looks)][-1]


@pytest.mark.parametrize("reason", FINAL)
def test_what_no_time_heals_ends_the_wait_at_once(reason: str) -> None:
    assert found(pod(reason)) == Failure(
        f"pod backstage-1, container backstage: {reason} (because)", "backstage-1", "backstage"
    )


@pytest.mark.parametrize("look", [pod(reason) for reason in MAY_PASS] + [pod(conditions=(UNSCHEDULABLE,))])
def test_what_may_pass_ends_it_only_when_it_lasts(look: dict[str, Any]) -> None:
    assert found(look) is None
    assert found(look, look, every=GRACE_SECONDS - 1) is None
    assert found(look, look) is not None
    assert found(look, pod(), look) is None, "it had passed in between"


def test_a_pod_without_room_says_what_the_scheduler_says() -> None:
    look = pod(conditions=(UNSCHEDULABLE,))
    assert found(look, look) == Failure(f"pod backstage-1 fits on no node ({UNSCHEDULABLE['message']})", "backstage-1")


def test_an_image_that_is_pulled_again_and_again_is_one_trouble_and_not_many() -> None:
    """The kubelet says ErrImagePull at each try, and ImagePullBackOff in between."""
    tries = [pod("ErrImagePull" if number % 2 else "ImagePullBackOff") for number in range(7)]
    assert found(*tries, every=GRACE_SECONDS / 6) is not None


def test_a_pod_for_which_a_node_is_added_may_wait_longer() -> None:
    watch, look = FailureWatch(), pod(conditions=(UNSCHEDULABLE,))
    assert watch.find([look], 0, {"backstage-1"}) is None
    assert watch.find([look], NODE_SECONDS - 1, {"backstage-1"}) is None
    assert watch.find([look], NODE_SECONDS - 1, {"backstage-2"}) is not None, "it is another pod's node"
    assert watch.find([look], NODE_SECONDS, {"backstage-1"}) is not None


def test_what_stopped_a_rollout_that_was_given_up_needs_no_grace() -> None:
    watch = FailureWatch()
    assert watch.suspect([pod("ImagePullBackOff")]) is not None
    watch = FailureWatch()
    assert watch.suspect([pod(restarts=2)]) is None, "it had ended before"
    assert watch.suspect([pod(restarts=3)]) == Failure(
        "pod backstage-1, container backstage ended 1 time", "backstage-1", "backstage"
    )
    assert watch.suspect([pod()]) is None


def test_starting_is_no_failure() -> None:
    assert found(pod("ContainerCreating"), pod("ContainerCreating")) is None
    assert found(pod(), pod()) is None


def test_only_restarts_that_we_saw_count() -> None:
    assert found(pod(restarts=7)) is None
    assert found(pod(restarts=7), pod(restarts=6 + MANY_RESTARTS)) is None
    assert f"ended {MANY_RESTARTS} times" in str(found(pod(restarts=7), pod(restarts=7 + MANY_RESTARTS)))


def test_a_pod_that_is_being_deleted_does_not_count() -> None:
    ending = pod(FINAL[0])
    ending["metadata"]["deletionTimestamp"] = "2026-11-28T01:00:04Z"
    assert found(ending, ending) is None


def starting(*, started: bool = False, budget: int = 90) -> dict[str, Any]:
    """A pod whose container runs, with a startup probe that allows some seconds."""
    look = pod()
    look["status"]["containerStatuses"][0] |= {"started": started, "ready": started}
    look["spec"] = {
        "containers": [{"name": "backstage", "startupProbe": {"periodSeconds": 1, "failureThreshold": budget}}]
    }
    return look


def test_a_pod_that_hangs_is_told_before_its_probe_ends_it() -> None:
    watch = FailureWatch()
    assert watch.find([starting()], 0) is None
    assert watch.find([starting()], 84) is None, "a slow start is not a failed one"
    late = watch.find([starting()], 85)
    assert late is not None
    assert late.reason == "pod backstage-1, container backstage has not started within 85 s"


def test_the_time_that_an_image_takes_to_arrive_is_not_the_start() -> None:
    watch = FailureWatch()
    pulls = starting()
    pulls["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "ContainerCreating"}}
    assert watch.find([pulls], 0) is None
    assert watch.find([starting()], 80) is None
    assert watch.find([starting()], 160) is None
    assert watch.find([starting(started=True)], 200) is None


def test_a_container_that_ends_again_and_again_says_why() -> None:
    watch = FailureWatch()
    assert watch.find([pod()], 0) is None
    ended = pod(restarts=MANY_RESTARTS)
    ended["status"]["containerStatuses"][0]["lastState"] = {"terminated": {"message": "Acme\nis broken"}}
    found = watch.find([ended], 60)
    assert found is not None
    assert found.reason == f"pod backstage-1, container backstage ended {MANY_RESTARTS} times: Acme is broken"
