"""Wait until workloads are ready, report progress, and explain a failed rollout."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.base.errors import PortalError
from portal.base.progress import Progress
from portal.contract import NOT_VERIFIED
from portal.kubernetes.api import PATIENCE, ClusterApi, Object
from portal.kubernetes.api_paths import collection_path, named
from portal.kubernetes.failure import (
    NODE_IS_COMING,
    Failure,
    FailureWatch,
    containers,
    ended,
    job_of,
    judged_pods,
    without_a_node,
)

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


@dataclass(frozen=True)
class RolloutLook:
    """One look at a rollout. ``judged`` are the pods that decide about it, ``pods`` all of its workloads'.

    ``gates`` are the pods of Jobs, which are in neither.
    """

    workloads: Sequence[Mapping[str, Any]]
    pods: Sequence[Mapping[str, Any]]
    judged: Sequence[Mapping[str, Any]]
    gates: Sequence[Mapping[str, Any]] = ()

    @property
    def statuses(self) -> list[WorkloadStatus]:
        """The progress of each Deployment and StatefulSet."""
        return [workload(item) for item in self.workloads]

    @property
    def done(self) -> bool:
        """Whether everything runs, and no old pod besides. Jobs do not count."""
        statuses = self.statuses
        return bool(statuses) and all(one.done for one in statuses) and not _surplus(self.pods, statuses)

    @property
    def settled(self) -> bool:
        """Whether everything runs, and no Job either."""
        return self.done and all(ended(pod) for pod in self.gates)


@dataclass(frozen=True)
class Rollout:
    """The rollout of the Deployments and StatefulSets with a label. Looks at it; does not wait."""

    api: ClusterApi
    namespace: str
    selector: str

    def look(self) -> RolloutLook:
        """Look once. PortalError if the cluster does not answer."""
        found, pods = _read(self.api, self.namespace, self.selector, PATIENCE)
        gates = [pod for pod in pods if job_of(pod) is not None]
        look = RolloutLook(found, [pod for pod in pods if job_of(pod) is None], (), gates)
        return look if look.done else self._judged(look)

    def expected(self, look: RolloutLook) -> frozenset[str]:
        """The pods for which an autoscaler adds a node, according to the namespace's events."""
        if not without_a_node((*look.judged, *look.gates)):
            return frozenset()
        return frozenset(
            str(event["involvedObject"].get("name"))
            for reason in NODE_IS_COMING
            for event in _events(self.api, self.namespace, f"involvedObject.kind=Pod,reason={reason}")
        )

    def told(self, failure: Failure, look: RolloutLook) -> str:
        """The cause in a sentence, with what the cluster and the container say below it."""
        log = _last_log(self.api, self.namespace, failure, look.judged)
        found = _found_wrong(self.api, self.namespace, failure)
        return self._told(f"{failure.reason}: {found}" if found else failure.reason, log)

    def told_late(self, limit: float, look: RolloutLook) -> str:
        """The same for a rollout that took too long, without a cause that is known."""
        log = _last_log(self.api, self.namespace, None, look.judged)
        return self._told(f"not ready within {limit:.0f} s", log)

    def _told(self, reason: str, log: str) -> str:
        return f"the rollout failed: {reason}{_warnings(self.api, self.namespace)}{log}"

    def _judged(self, look: RolloutLook) -> RolloutLook:
        sets = self.api.list(collection_path("apps/v1", "replicasets", self.namespace), labels=self.selector)
        return replace(look, judged=judged_pods(look.workloads, sets, look.pods))


def await_rollout(
    api: ClusterApi, namespace: str, selector: str, progress: Progress, limit: float = LIMIT_SECONDS
) -> None:
    """Wait up to ``limit`` seconds for the Deployments and StatefulSets with a label. PortalError if they fail."""
    deadline = time.monotonic() + limit
    rollout, watch = Rollout(api, namespace, selector), FailureWatch()
    with progress.phase("Wait for the portal to be ready") as phase:
        while True:
            look = rollout.look()
            if look.done:
                return
            waits_for = "; ".join(_described(one, look.pods) for one in look.statuses if not one.done)
            phase.update(waits_for or _starting(look.pods) or "old pods end")
            failure = watch.find(look.judged, time.monotonic(), rollout.expected(look))
            if failure is not None:
                raise PortalError(rollout.told(failure, look))
            if time.monotonic() > deadline:
                raise PortalError(rollout.told_late(limit, look))
            time.sleep(POLL_SECONDS)


def read_workloads(
    api: ClusterApi, namespace: str, selector: str, patience: float = PATIENCE
) -> tuple[list[Object], list[Object]]:
    """Read the Deployments and StatefulSets with a label, and their pods. Not those of Jobs."""
    found, pods = _read(api, namespace, selector, patience)
    return found, [pod for pod in pods if job_of(pod) is None]


def _read(api: ClusterApi, namespace: str, selector: str, patience: float) -> tuple[list[Object], list[Object]]:
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


def _starting(pods: Sequence[Mapping[str, Any]]) -> str:
    """What new pods do while old ones still make up the wanted number."""
    states = (pod_state(pod) for pod in pods)
    return ", ".join(sorted({state for state in states if state not in {"", "Running"}}))


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
    found = _events(api, namespace, "type=Warning")
    newest = sorted(found, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))[-3:]
    lines = [
        f"{e['involvedObject']['kind'].lower()}/{e['involvedObject']['name']}: {e.get('message', '')}" for e in newest
    ]
    return "".join(f"\n  {line}" for line in dict.fromkeys(lines))


def _events(api: ClusterApi, namespace: str, fields: str) -> list[Object]:
    """The namespace's events. None if they may not be read."""
    try:
        return api.list(collection_path("v1", "events", namespace), fields=fields)
    except PortalError:
        return []


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


def _found_wrong(api: ClusterApi, namespace: str, failure: Failure) -> str:
    """What a pod that has started and does not work found out about itself; empty if it said nothing."""
    if failure.container is None:
        return ""
    path = named(collection_path("v1", "pods", namespace), failure.pod)
    try:
        said = api.text(f"{path}/log", container=failure.container, tailLines="500")
    except PortalError:
        return ""
    return next((one.partition(NOT_VERIFIED)[2] for one in reversed(said.splitlines()) if NOT_VERIFIED in one), "")


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
