"""Read the workloads and pods of a stack from its cluster. Changes nothing and does not wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.base.moment import moment
from portal.graph.manifests import pod_template
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_paths import collection_path
from portal.kubernetes.ownership import own_selector
from portal.kubernetes.rollout import WorkloadStatus, pod_state, read_workloads, workload

# Time limit of a request, in seconds. Short, because a person waits for all of them.
PATIENCE = 4.0
_WORKLOADS = (
    ("apps/v1", "deployments"),
    ("apps/v1", "statefulsets"),
    ("apps/v1", "daemonsets"),
    ("batch/v1", "cronjobs"),
)


@dataclass(frozen=True)
class Pod:
    """One pod. ``container`` is the one whose log to show: the main container, or the init container it waits for."""

    name: str
    component: str
    state: str
    ready: bool
    restarts: int
    last_end: str | None
    created: str
    started: str | None
    image: str | None
    container: str
    container_id: str | None
    ends: bool = False


@dataclass(frozen=True)
class Running:
    """The workloads and pods of a stack in its namespace."""

    workloads: tuple[tuple[str, WorkloadStatus], ...]
    pods: tuple[Pod, ...]


def read_pods(api: ClusterApi, namespace: str, stack: str) -> Running:
    """Read the workloads and pods of a stack. PortalError if the cluster does not answer."""
    workloads, pods = read_workloads(api, namespace, own_selector(stack), PATIENCE)
    return running([*workloads, *pods])


def used_images(api: ClusterApi) -> frozenset[str]:
    """The images of all pods in a cluster, and of those that its workloads would start again."""
    templates = [
        pod_template(item)["spec"]
        for version, plural in _WORKLOADS
        for item in api.list(collection_path(version, plural))
    ]
    specs = [*templates, *(pod["spec"] for pod in api.list(collection_path("v1", "pods")))]
    return frozenset(
        str(container["image"])
        for spec in specs
        for container in (*spec.get("initContainers", ()), *spec["containers"])
    )


def running(items: Iterable[Mapping[str, Any]]) -> Running:
    """Parse the objects that the API server returned."""
    workloads: list[tuple[str, WorkloadStatus]] = []
    pods: list[Pod] = []
    for item in items:
        if item["kind"] == "Pod":
            pods.append(_pod(item))
        else:
            workloads.append((str(item["kind"]), workload(item)))
    return Running(tuple(workloads), tuple(sorted(pods, key=lambda pod: (pod.component, pod.created, pod.name))))


def age(since: str, now: datetime | None = None) -> str:
    """The age of an API server's time, in one unit: ``45 s``, ``3 min``, ``7 h``, ``12 d``."""
    passed = int(((now or datetime.now(UTC)) - moment(since)).total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if passed >= 2 * length:
            return f"{passed // length} {unit}"
    return f"{max(passed, 0)} s"


def _pod(item: Mapping[str, Any]) -> Pod:
    metadata, status = item["metadata"], item.get("status", {})
    containers: list[Mapping[str, Any]] = status.get("containerStatuses", [])
    started = [str(one["state"]["running"]["startedAt"]) for one in containers if "running" in one.get("state", {})]
    speaks = _speaks(item)
    return Pod(
        name=str(metadata["name"]),
        component=str(metadata.get("labels", {}).get("app.kubernetes.io/component", "")),
        state=pod_state(item) or "ends",
        ready=bool(containers) and all(one.get("ready", False) for one in containers),
        restarts=sum(int(one.get("restartCount", 0)) for one in containers),
        last_end=next((end for one in containers if (end := _last_end(one))), None),
        created=str(metadata["creationTimestamp"]),
        started=min(started, default=None),
        image=next((str(one["image"]) for one in item["spec"]["containers"]), None),
        container=str(speaks.get("name", item["spec"]["containers"][0]["name"])),
        container_id=speaks.get("containerID"),
        ends="deletionTimestamp" in metadata,
    )


def _speaks(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The pod's first container if it has started, else the last init container that has."""
    status = item.get("status", {})
    own: list[Mapping[str, Any]] = status.get("containerStatuses", [])[:1]
    before: list[Mapping[str, Any]] = status.get("initContainerStatuses", [])
    ran = [one for one in (*own, *reversed(before)) if one.get("containerID")]
    nothing: Mapping[str, Any] = {}
    return ran[0] if ran else nothing


def _last_end(container: Mapping[str, Any]) -> str | None:
    ended = container.get("lastState", {}).get("terminated")
    if not ended:
        return None
    reason = str(ended.get("reason", "ended"))
    return reason if reason == "OOMKilled" else f"{reason} (exit code {ended.get('exitCode')})"
