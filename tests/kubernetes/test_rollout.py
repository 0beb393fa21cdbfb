"""A rollout is done when the new pods serve and no old one does; hopeless ones are told apart from slow ones."""

from __future__ import annotations

from typing import Any

import pytest

from portal.kubernetes import rollout


def deployment(**status: int) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "backstage", "generation": 2},
        "spec": {"replicas": 2},
        "status": {"observedGeneration": 2, **status},
    }


def test_a_deployment_is_done_when_all_are_new_and_available() -> None:
    assert rollout.workload(deployment(updatedReplicas=2, availableReplicas=2)).done
    assert not rollout.workload(deployment(updatedReplicas=1, availableReplicas=2)).done
    assert not rollout.workload(deployment(updatedReplicas=2, availableReplicas=1)).done


def test_a_status_of_before_the_change_does_not_count() -> None:
    old = deployment(updatedReplicas=2, availableReplicas=2)
    old["status"]["observedGeneration"] = 1
    assert not rollout.workload(old).done


def pod(reason: str = "", restarts: int = 0, *, ready: bool = False) -> dict[str, Any]:
    waiting: dict[str, Any] = {"waiting": {"reason": reason, "message": "because"}} if reason else {"running": {}}
    status: dict[str, Any] = {"name": "backstage", "state": waiting, "restartCount": restarts, "ready": ready}
    return {"metadata": {"name": "backstage-1"}, "status": {"phase": "Running", "containerStatuses": [status]}}


@pytest.mark.parametrize("reason", rollout.HOPELESS)
def test_an_image_or_config_that_is_not_there_is_hopeless(reason: str) -> None:
    assert reason in str(rollout.hopeless(pod(reason), {}))


def test_starting_is_not_hopeless() -> None:
    assert rollout.hopeless(pod("ContainerCreating"), {}) is None
    assert rollout.hopeless(pod(), {}) is None


def test_only_restarts_that_we_saw_count() -> None:
    seen: dict[str, int] = {}
    assert rollout.hopeless(pod(restarts=7), seen) is None
    assert rollout.hopeless(pod(restarts=9), seen) is None
    assert "ended 4 times" in str(rollout.hopeless(pod(restarts=11), seen))
