"""Wait until workloads are ready, report progress, and explain a failed rollout."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.base.errors import PortalError
from portal.base.progress import Progress
from portal.kubernetes.api import PATIENCE, ClusterApi, Object
from portal.kubernetes.api_paths import collection_path, named
from portal.kubernetes.failure import Failure, FailureWatch, containers, judged_pods

LIMIT_SECONDS = 300.0
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class WorkloadStatus:
    """The rollout progress of a Deployment or StatefulSet."""

    name: str
    wanted: int
    updated: int
    ready: int
    observed: bool

    @property
    def done(self) -> bool:
        """Whether the controller has seen the newest template, and all wanted replicas use it and are ready."""
        return self.observed and self.updated >= self.wanted and self.ready >= self.wanted


def await_rollout(
    api: ClusterApi, namespace: str, selector: str, progress: Progress, limit: float = LIMIT_SECONDS
) -> None:
    """Wait up to ``limit`` seconds for the Deployments and StatefulSets with a label. PortalError if they fail."""
    deadline = time.monotonic() + limit
    watch = FailureWatch()
    with progress.phase("Wait for the portal to be ready") as phase:
        while True:
            found, pods = read_workloads(api, namespace, selector)
            workloads = [workload(item) for item in found]
            if workloads and all(one.done for one in workloads) and not _surplus(pods, workloads):
                return
            phase.update("; ".join(_described(one, pods) for one in workloads if not one.done) or "old pods end")
            replica_sets = api.list(collection_path("apps/v1", "replicasets", namespace), labels=selector)
            judged = judged_pods(found, replica_sets, pods)
            failure = watch.find(judged, time.monotonic())
            if failure is not None or time.monotonic() > deadline:
                reason = failure.reason if failure is not None else f"not ready within {limit:.0f} s"
                said = f"{_warnings(api, namespace)}{_last_log(api, namespace, failure, judged)}"
                raise PortalError(f"the rollout failed: {reason}{said}")
            time.sleep(POLL_SECONDS)


def read_workloads(
    api: ClusterApi, namespace: str, selector: str, patience: float = PATIENCE
) -> tuple[list[Object], list[Object]]:
    """Read the Deployments and StatefulSets with a label, and the pods with it."""
    found = [
        api.list(collection_path(version, plural, namespace), labels=selector, patience=patience)
        for version, plural in (("apps/v1", "deployments"), ("apps/v1", "statefulsets"), ("v1", "pods"))
    ]
    return [*found[0], *found[1]], found[2]


def workload(item: Mapping[str, Any]) -> WorkloadStatus:
    """Parse a Deployment or StatefulSet from the API server."""
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
    """Whether an old pod still runs besides the new ones. Pods that are being deleted do not count."""
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
    """The current state of a pod, in a few words."""
    status = pod.get("status", {})
    if "deletionTimestamp" in pod["metadata"]:
        return ""
    for container in containers(pod):
        state = container.get("state", {})
        if "waiting" in state and state["waiting"].get("reason") not in {"PodInitializing", "ContainerCreating"}:
            return f"{container['name']}: {state['waiting'].get('reason')}"
        if "running" in state and not container.get("ready", False):
            return f"{container['name']} starts"
    return str(status.get("phase", ""))


def _warnings(api: ClusterApi, namespace: str) -> str:
    """The namespace's last warning events, newest last."""
    try:
        found = api.list(collection_path("v1", "events", namespace), fields="type=Warning")
    except PortalError:
        return ""
    newest = sorted(found, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))[-3:]
    lines = [
        f"{e['involvedObject']['kind'].lower()}/{e['involvedObject']['name']}: {e.get('message', '')}" for e in newest
    ]
    return "".join(f"\n  {line}" for line in dict.fromkeys(lines))


def _last_log(api: ClusterApi, namespace: str, failure: Failure | None, pods: Sequence[Mapping[str, Any]]) -> str:
    """The last log lines of the container that failed, else of the first one that is not ready."""
    if failure is not None:
        return _log(api, namespace, failure.pod, failure.container) if failure.container else ""
    for pod in pods:
        for container in containers(pod):
            if not container.get("ready", False) and (
                said := _log(api, namespace, str(pod["metadata"]["name"]), str(container["name"]))
            ):
                return said
    return ""


def _log(api: ClusterApi, namespace: str, pod: str, container: str) -> str:
    """The last lines of a container, of the run before if this one has said nothing yet."""
    path = named(collection_path("v1", "pods", namespace), pod)
    for previous in ("false", "true"):
        try:
            said = api.text(f"{path}/log", container=container, tailLines="8", previous=previous).strip()
        except PortalError:
            continue
        if said:
            return f"\n  {container} said:\n  " + said.replace("\n", "\n  ")
    return ""
