"""Tell a rollout that cannot succeed from a slow one, and name the pod and the container that stop it.

Only pods of the newest revision are judged: what is left of an earlier rollout that failed says nothing about this one.
A pod of a StatefulSet is judged in any revision, because one that is not ready stops the update
(https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.base.content_name import without_hash

# Reasons that no time heals.
FINAL = ("ErrImageNeverPull", "InvalidImageName")
# Reasons that may pass: a registry answers again, a secret is created, pods that end free their memory. The kubelet
# shows the first two in turn while it pulls again and again.
MAY_PASS = ("ErrImagePull", "ImagePullBackOff", "CreateContainerConfigError", "CreateContainerError")
# How long they may last. A pod that ends takes 12 s, and 30 s at most (`STOP_SECONDS` in components/backstage/pod.py).
GRACE_SECONDS = 60.0
# How long a pod may be without a node while an autoscaler adds one. A cloud's machine joins after one to four minutes.
NODE_SECONDS = 240.0
# The events of the cluster autoscaler and of Karpenter that say so
# (https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md, https://karpenter.sh/docs/troubleshooting).
NODE_IS_COMING = ("TriggeredScaleUp", "Nominated")
# A pod that does not start within its startup probe's budget is told so this much earlier than its container ends.
EARLIER_SECONDS = 5.0
# A container that fails this often while we wait will not become ready by itself. The kubelet restarts it after
# 0, 10, and 20 s (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
MANY_RESTARTS = 3

# The annotation that a Deployment and its ReplicaSet share.
_REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class Failure:
    """Why a rollout cannot succeed. ``container`` is None if no container of the pod is the cause."""

    reason: str
    pod: str
    container: str | None = None


@dataclass
class FailureWatch:
    """Remembers, over several looks at the same rollout, what has lasted and what has restarted since the first."""

    _since: dict[str, float] = field(default_factory=dict)
    _restarts: dict[str, int] = field(default_factory=dict)

    def find(self, pods: Iterable[Mapping[str, Any]], now: float, expected: Collection[str] = ()) -> Failure | None:
        """The first failure among pods at a time, in seconds of a monotonic clock. None if waiting may help.

        ``expected`` are the pods for which an autoscaler adds a node.
        """
        lasting: dict[str, float] = {}
        found: list[Failure] = []
        for pod in pods:
            if "deletionTimestamp" in pod["metadata"]:
                continue
            for failure, grace in (*_troubles(pod), *_slow_starts(pod)):
                key = f"{failure.pod}/{failure.container}/{grace:.0f}"
                lasting[key] = self._since.get(key, now)
                allowed = NODE_SECONDS if failure.container is None and failure.pod in expected else grace
                if now - lasting[key] >= allowed:
                    found.append(failure)
            found.extend(self._restarting(pod))
        self._since = lasting
        return next(iter(found), None)

    def suspect(self, pods: Iterable[Mapping[str, Any]]) -> Failure | None:
        """What most likely stopped a rollout that somebody else has given up, however short it has lasted."""
        living = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        lasting = [failure for pod in living for failure, _ in _troubles(pod)]
        newest = sorted(living, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")), reverse=True)
        # A try that failed says nothing if a later one succeeded.
        succeeded = {job_of(pod) for pod in living if pod.get("status", {}).get("phase") == "Succeeded"}
        ended = [failure for pod in newest if job_of(pod) not in succeeded for failure in _failed_gates(pod)]
        restarting = (failure for pod in living for failure in self._restarting(pod, 1))
        return next(iter((*ended, *lasting, *restarting)), None)

    def _restarting(self, pod: Mapping[str, Any], many: int = MANY_RESTARTS) -> Iterable[Failure]:
        name = str(pod["metadata"]["name"])
        for container in containers(pod):
            count = int(container.get("restartCount", 0))
            since = count - self._restarts.setdefault(f"{name}/{container['name']}", count)
            if since >= many and not container.get("ready", False):
                times = "time" if since == 1 else "times"
                words = _last_words(container)
                said = f": {words}" if words else ""
                reason = f"pod {name}, container {container['name']} ended {since} {times}{said}"
                yield Failure(reason, name, str(container["name"]))


def without_a_node(pods: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a pod fits on no node, so that it is worth asking whether an autoscaler adds one."""
    return any(failure.container is None for pod in pods for failure, _ in _troubles(pod))


def containers(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The states of a pod's containers in the order in which they start."""
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]


def judged_pods(
    workloads: Sequence[Mapping[str, Any]],
    replica_sets: Sequence[Mapping[str, Any]],
    pods: Sequence[Mapping[str, Any]],
) -> list[Mapping[str, Any]]:
    """The pods that decide about a rollout. None of a Deployment whose controller has not seen the newest template."""
    owners: set[str] = set()
    for item in workloads:
        metadata, status = item["metadata"], item.get("status", {})
        if item["kind"] == "StatefulSet":
            owners.add(str(metadata["uid"]))
        elif status.get("observedGeneration", 0) >= metadata.get("generation", 0):
            revision = metadata.get("annotations", {}).get(_REVISION)
            owners |= {
                str(one["metadata"]["uid"])
                for one in replica_sets
                if _owned_by(one, {str(metadata["uid"])})
                and one["metadata"].get("annotations", {}).get(_REVISION) == revision
            }
    return [pod for pod in pods if _owned_by(pod, owners)]


def _owned_by(item: Mapping[str, Any], owners: set[str]) -> bool:
    return any(str(owner["uid"]) in owners for owner in item["metadata"].get("ownerReferences", []))


def job_of(pod: Mapping[str, Any]) -> str | None:
    """The Job that a pod is of."""
    owners = pod["metadata"].get("ownerReferences", [])
    return next((str(owner["name"]) for owner in owners if owner.get("kind") == "Job"), None)


def ended(pod: Mapping[str, Any]) -> bool:
    """Whether a pod has ended and will not start again."""
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def last_words(pod: Mapping[str, Any]) -> str:
    """What one of a pod's containers wrote down when it last ended, in one line; empty if none has."""
    return next((words for one in containers(pod) if (words := _last_words(one))), "")


def _last_words(container: Mapping[str, Any]) -> str:
    """Source: https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure."""
    for state in (container.get("state", {}), container.get("lastState", {})):
        words = " ".join(str(state.get("terminated", {}).get("message", "")).split())
        if words:
            return words
    return ""


def _failed_gates(pod: Mapping[str, Any]) -> Iterable[Failure]:
    job = job_of(pod)
    if job is not None and pod.get("status", {}).get("phase") == "Failed":
        name = str(pod["metadata"]["name"])
        words = last_words(pod) or f"see the log of pod {name}"
        container = next((str(one["name"]) for one in containers(pod)), None)
        yield Failure(f"{without_hash(job)} failed: {words}", name, container)


def _troubles(pod: Mapping[str, Any]) -> Iterable[tuple[Failure, float]]:
    """What keeps a pod from starting, each with the seconds within which it may pass."""
    name = str(pod["metadata"]["name"])
    for condition in pod.get("status", {}).get("conditions", []):
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            yield Failure(f"pod {name} fits on no node ({condition.get('message', '')})", name), GRACE_SECONDS
    for container in containers(pod):
        waiting = container.get("state", {}).get("waiting", {})
        reason = waiting.get("reason")
        if reason in FINAL or reason in MAY_PASS:
            said = f"pod {name}, container {container['name']}: {reason} ({waiting.get('message', '')})"
            yield Failure(said, name, str(container["name"])), GRACE_SECONDS if reason in MAY_PASS else 0.0


def _slow_starts(pod: Mapping[str, Any]) -> Iterable[tuple[Failure, float]]:
    """The containers that run and have not started yet, each with the seconds that its startup probe allows."""
    name = str(pod["metadata"]["name"])
    probes = {str(one["name"]): one.get("startupProbe") for one in pod.get("spec", {}).get("containers", [])}
    for container in pod.get("status", {}).get("containerStatuses", []):
        probe = probes.get(str(container["name"]))
        if probe and "running" in container.get("state", {}) and not container.get("started", False):
            limit = probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3) - EARLIER_SECONDS
            said = f"pod {name}, container {container['name']} has not started within {limit:.0f} s"
            yield Failure(said, name, str(container["name"])), limit
