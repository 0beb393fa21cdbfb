"""A rollout is done when the new pods serve and no old one does."""

from __future__ import annotations

from typing import Any

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
