"""Wait until workloads run, say how far they are, and say why where they do not get there."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.base.errors import PortalError
from portal.base.progress import Progress
from portal.kubernetes.api import PATIENCE, ClusterApi, Object
from portal.kubernetes.api_paths import collection_path, named

LIMIT_SECONDS = 300.0
POLL_SECONDS = 0.5

# Reasons that waiting does not cure; an image that is not there is retried for ever otherwise.
HOPELESS = (
    "ErrImageNeverPull",
    "ImagePullBackOff",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
)
# A container that ended as often while we wait does not come up by itself.
MANY_RESTARTS = 4


@dataclass(frozen=True)
class WorkloadStatus:
    """A Deployment or StatefulSet, and how far it is."""

    name: str
    wanted: int
    updated: int
    ready: int
    observed: bool

    @property
    def done(self) -> bool:
        """Whether every replica is of the newest template and ready, and none of an older one is left to serve."""
        return self.observed and self.updated >= self.wanted and self.ready >= self.wanted


def await_rollout(
    api: ClusterApi, namespace: str, selector: str, progress: Progress, limit: float = LIMIT_SECONDS
) -> None:
    """Wait ``limit`` seconds at most for the Deployments and StatefulSets with a label; PortalError says why not."""
    deadline = time.monotonic() + limit
    at_first: dict[str, int] = {}
    with progress.phase("Wait for the portal to be ready") as phase:
        while True:
            found, pods = read_workloads(api, namespace, selector)
            workloads = [workload(item) for item in found]
            if workloads and all(one.done for one in workloads) and not _surplus(pods, workloads):
                return
            phase.update("; ".join(_described(one, pods) for one in workloads if not one.done) or "old pods end")
            lost = next((reason for pod in pods if (reason := hopeless(pod, at_first))), None)
            if lost is not None or time.monotonic() > deadline:
                reason = lost or f"not ready within {limit:.0f} s"
                said = f"{_warnings(api, namespace)}{_last_log(api, namespace, pods)}"
                raise PortalError(f"the rollout failed: {reason}{said}")
            time.sleep(POLL_SECONDS)


def read_workloads(
    api: ClusterApi, namespace: str, selector: str, patience: float = PATIENCE
) -> tuple[list[Object], list[Object]]:
    """The Deployments and StatefulSets with a label, and the pods with it."""
    found = [
        api.list(collection_path(version, plural, namespace), labels=selector, patience=patience)
        for version, plural in (("apps/v1", "deployments"), ("apps/v1", "statefulsets"), ("v1", "pods"))
    ]
    return [*found[0], *found[1]], found[2]


def workload(item: Mapping[str, Any]) -> WorkloadStatus:
    """Read a Deployment or StatefulSet as the API server shows it."""
    status, metadata = item.get("status", {}), item["metadata"]
    return WorkloadStatus(
        name=str(metadata["name"]),
        wanted=int(item["spec"].get("replicas", 1)),
        updated=int(status.get("updatedReplicas", 0)),
        ready=int(status.get("readyReplicas", 0))
        if item["kind"] == "StatefulSet"
        else int(status.get("availableReplicas", 0)),
        observed=status.get("observedGeneration", 0) >= metadata.get("generation", 0),
    )


def _surplus(pods: Sequence[Mapping[str, Any]], workloads: Sequence[WorkloadStatus]) -> bool:
    """Whether an old pod still serves beside the new ones. One that ends does not."""
    living = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    return len(living) > sum(one.wanted for one in workloads)


def _described(one: WorkloadStatus, pods: Sequence[Mapping[str, Any]]) -> str:
    reasons = {
        reason
        for pod in pods
        if str(pod["metadata"]["name"]).startswith(one.name) and (reason := pod_state(pod)) not in {"", "Running"}
    }
    why = f" ({', '.join(sorted(reasons))})" if reasons else ""
    return f"{one.name}: {min(one.ready, one.updated)} of {one.wanted}{why}"


def pod_state(pod: Mapping[str, Any]) -> str:
    """What a pod does now, in a few words."""
    status = pod.get("status", {})
    if "deletionTimestamp" in pod["metadata"]:
        return ""
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        state = container.get("state", {})
        if "waiting" in state and state["waiting"].get("reason") not in {"PodInitializing", "ContainerCreating"}:
            return f"{container['name']}: {state['waiting'].get('reason')}"
        if "running" in state and not container.get("ready", False):
            return f"{container['name']} starts"
    return str(status.get("phase", ""))


def hopeless(pod: Mapping[str, Any], at_first: dict[str, int]) -> str | None:
    """Why a pod will not come up. ``at_first`` keeps how often each container had ended when it was first seen."""
    status, name = pod.get("status", {}), pod["metadata"]["name"]
    if "deletionTimestamp" in pod["metadata"]:
        return None
    for condition in status.get("conditions", []):
        if condition.get("reason") == "Unschedulable" and "Insufficient" in condition.get("message", ""):
            return f"pod {name} fits on no node ({condition['message']})"
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") in HOPELESS:
            return f"pod {name}, container {container['name']}: {waiting['reason']} ({waiting.get('message', '')})"
        restarts = int(container.get("restartCount", 0))
        since = restarts - at_first.setdefault(f"{name}/{container['name']}", restarts)
        if since >= MANY_RESTARTS and not container.get("ready", False):
            return f"pod {name}, container {container['name']} ended {since} times"
    return None


def _warnings(api: ClusterApi, namespace: str) -> str:
    """What the cluster itself complains about, newest last."""
    try:
        found = api.list(collection_path("v1", "events", namespace), fields="type=Warning")
    except PortalError:
        return ""
    newest = sorted(found, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))[-3:]
    lines = [
        f"{e['involvedObject']['kind'].lower()}/{e['involvedObject']['name']}: {e.get('message', '')}" for e in newest
    ]
    return "".join(f"\n  {line}" for line in dict.fromkeys(lines))


def _last_log(api: ClusterApi, namespace: str, pods: Sequence[Mapping[str, Any]]) -> str:
    """The last lines of the container that is not ready, for the error: what it said is the cause."""
    for pod in pods:
        status = pod.get("status", {})
        for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
            if container.get("ready", False):
                continue
            path = named(collection_path("v1", "pods", namespace), pod["metadata"]["name"])
            try:
                said = api.text(f"{path}/log", container=container["name"], tailLines="8").strip()
            except PortalError:
                continue
            if said:
                return f"\n  {container['name']} said:\n  " + said.replace("\n", "\n  ")
    return ""
