"""A rollout as an API server shows it: the objects of a portal that runs, and what a change makes of them."""

from __future__ import annotations

import copy
from typing import Any

from portal.kubernetes.ownership import own_selector
from tests.support.fake_api import FakeApi, found, listed, recorded

DEPLOYMENTS = "/apis/apps/v1/namespaces/portal/deployments"
REPLICA_SETS = "/apis/apps/v1/namespaces/portal/replicasets"
STATEFUL_SETS = "/apis/apps/v1/namespaces/portal/statefulsets"
PODS = "/api/v1/namespaces/portal/pods"
EVENTS = "/api/v1/namespaces/portal/events"
SELECTOR = own_selector("local")
REVISION = "deployment.kubernetes.io/revision"
MISSING = {"waiting": {"reason": "ErrImageNeverPull", "message": "no such image"}}


def say_that_it_runs(fake: FakeApi) -> None:
    """The portal and its database run, and nothing changes."""
    fake.says("GET", DEPLOYMENTS, found(deployments()))
    fake.says("GET", STATEFUL_SETS, found(stateful_sets()))
    fake.says("GET", REPLICA_SETS, listed("ReplicaSet", [replica_set("new", "2"), replica_set("old", "1")]))
    fake.says("GET", PODS, recorded("running-pods"))
    fake.says("GET", EVENTS, listed("Event"))


def replica_set(uid: str, revision: str) -> dict[str, Any]:
    metadata = {"name": f"backstage-{uid}", "uid": uid, "annotations": {REVISION: revision}}
    return {"kind": "ReplicaSet", "metadata": {**metadata, "ownerReferences": [{"uid": "deployment"}]}}


def pods(owner: str = "new", **changes: Any) -> dict[str, Any]:
    """The list of pods, with the portal's pod of a ReplicaSet, and its first container in another state."""
    body = copy.deepcopy(recorded("running-pods").body)
    for item in body["items"]:
        mine = item["metadata"]["name"].startswith("backstage")
        item["metadata"]["ownerReferences"] = [{"uid": owner if mine else "stateful-set"}]
        if mine:
            item["status"]["containerStatuses"][0] |= changes
    return body


def deployments() -> dict[str, Any]:
    body = copy.deepcopy(recorded("running-deployments").body)
    body["items"][0]["metadata"] |= {"uid": "deployment", "annotations": {REVISION: "2"}}
    return body


def stateful_sets() -> dict[str, Any]:
    body = copy.deepcopy(recorded("running-stateful-sets").body)
    body["items"][0]["metadata"]["uid"] = "stateful-set"
    return body


def unready(**metadata: Any) -> dict[str, Any]:
    """The Deployment after a change: its controller has seen it, and no new pod is ready yet."""
    item = deployments()["items"][0]
    item["metadata"] |= metadata
    item["status"]["availableReplicas"] = 0
    return item
