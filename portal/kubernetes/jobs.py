"""Wait for Jobs that a deployment depends on, and say in one sentence why one failed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.base.content_name import without_hash
from portal.base.errors import PortalError
from portal.base.progress import Progress
from portal.kubernetes.api import ClusterApi, Object
from portal.kubernetes.api_paths import collection_path, named
from portal.kubernetes.failure import FailureWatch, last_words
from portal.kubernetes.rollout import POLL_SECONDS, pod_state


@dataclass(frozen=True)
class JobStatus:
    """A Job: whether it has succeeded, and why it has failed, as Kubernetes puts it."""

    name: str
    succeeded: bool
    failed: str | None


def job_status(item: Mapping[str, Any]) -> JobStatus:
    """Parse a Job from the API server."""
    conditions = {one["type"]: one for one in item.get("status", {}).get("conditions", []) if one["status"] == "True"}
    failed: Mapping[str, Any] | None = conditions.get("Failed")
    return JobStatus(
        name=str(item["metadata"]["name"]),
        succeeded="Complete" in conditions,
        failed=str(failed.get("message") or failed.get("reason") or "it failed") if failed is not None else None,
    )


def read_jobs(api: ClusterApi, namespace: str, selector: str) -> list[JobStatus]:
    """The Jobs with a label, by name."""
    found = (job_status(item) for item in api.list(collection_path("batch/v1", "jobs", namespace), labels=selector))
    return sorted(found, key=lambda job: job.name)


def await_job(api: ClusterApi, namespace: str, name: str, limit: float, progress: Progress) -> None:
    """Wait up to ``limit`` seconds until a Job has succeeded. PortalError with the cause if it has not."""
    deadline = time.monotonic() + limit
    watch = FailureWatch()
    title = without_hash(name)
    jobs = collection_path("batch/v1", "jobs", namespace)
    with progress.phase(f"Wait for {title}") as phase:
        while True:
            found = api.list(jobs, fields=f"metadata.name={name}")
            if not found:
                raise PortalError(f"{title} was deleted by somebody else before it ended")
            status = job_status(found[0])
            if status.succeeded:
                return
            pods = api.list(collection_path("v1", "pods", namespace), labels=f"batch.kubernetes.io/job-name={name}")
            if status.failed is not None:
                raise PortalError(f"{title} failed: {_cause(pods) or status.failed}{_log(api, namespace, pods)}")
            failure = watch.find(pods, time.monotonic())
            if failure is not None:
                raise PortalError(f"{title} cannot start: {failure.reason}")
            if time.monotonic() > deadline:
                raise PortalError(f"{title} has not ended within {limit:.0f} s{_log(api, namespace, pods)}")
            phase.update(", ".join(dict.fromkeys(pod_state(pod) for pod in pods)))
            time.sleep(POLL_SECONDS)


def _by_age(pods: Sequence[Object]) -> list[Object]:
    return sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))


def _cause(pods: Sequence[Object]) -> str:
    """What the last try that said something gave as its reason."""
    return next((said for pod in reversed(_by_age(pods)) if (said := last_words(pod))), "")


def _log(api: ClusterApi, namespace: str, pods: Sequence[Object]) -> str:
    """The last lines of the last try."""
    for pod in reversed(_by_age(pods)):
        path = named(collection_path("v1", "pods", namespace), str(pod["metadata"]["name"]))
        try:
            said = api.text(f"{path}/log", tailLines="8").strip()
        except PortalError:
            continue
        if said:
            return "\n  it said:\n  " + said.replace("\n", "\n  ")
    return ""
