"""Put a backup back into a running stack: all of it, or nothing.

The portal is stopped meanwhile. The schemas that were there before are put aside, what is restored is compared with
what was dumped before anything is committed, and only when the portal works with it is the rest deleted. If it does
not, everything is as it was.
"""

from __future__ import annotations

import copy
import secrets
import time
from dataclasses import dataclass
from typing import Any

from portal.base.age_key import PrivateKey
from portal.base.errors import PortalError, SituationError
from portal.base.process import output
from portal.base.progress import Progress
from portal.contract import BACKSTAGE_COMPONENT, COMPONENT_LABEL, INSTANCE_LABEL, MIGRATION_COMPONENT, SERVICE
from portal.deploy.backup_pods import BackupPod, backup_pod, portal_of
from portal.deploy.backups import KeptBackup
from portal.deploy.command_pod import POLL_SECONDS
from portal.graph.manifests import pod_template
from portal.kubernetes.api import Object
from portal.kubernetes.api_paths import collection_path
from portal.kubernetes.failure import ended
from portal.kubernetes.jobs import await_job, job_status
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.ownership import own_selector
from portal.kubernetes.rollout import await_rollout

STOP_SECONDS = 120.0
# What a Job's controller adds to the template of its pods.
_OF_THE_JOB = ("controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name")


@dataclass(frozen=True)
class RunningStack:
    """Where a stack runs. ``replicas`` is how many pods its file asks for, at least if it is ``autoscaled``."""

    kubectl: Kubectl
    namespace: str
    stack: str
    replicas: int
    autoscaled: bool
    progress: Progress


def restore(running: RunningStack, pod: BackupPod, kept: KeptBackup, key: PrivateKey, *, start: bool) -> None:
    """Restore a backup. PortalError if anything fails: then the database and the portal are as they were.

    Without ``start``, the portal stays stopped, and what was there before stays put aside: the next deployment starts
    it, with another release, and ``discard`` or ``undo`` ends it.
    """
    progress = running.progress
    require_nothing_aside(pod, running.stack)
    _require_rolled_out(running, start=start)
    with progress.phase("Decrypt it into the cluster"):
        pod.take(kept, key)
    try:
        stop(running)
        with progress.phase("Restore and compare"):
            pod.restore("put")
        if not start:
            return
        _migrate(running)
        start_again(running)
    except BaseException:
        _bring_back(running, pod)
        raise
    discard(running, pod)


def _bring_back(running: RunningStack, pod: BackupPod) -> None:
    """Undo what was done, whatever of it that was, and start the portal with the data of before.

    The connection may have been lost, so what runs in the database is ended before it is asked.
    """
    try:
        if int(pod.restore("settle") or 0):
            with running.progress.phase("It does not work: bring back what was there before"):
                _scale(running, 0)
                _await_stopped(running, BACKSTAGE_COMPONENT, "the portal's pods")
                _await_stopped(running, MIGRATION_COMPONENT, "the pods that migrate")
                pod.restore("undo")
    except PortalError as error:
        running.progress.note(
            f"What was there before could not be brought back ({error}). When the database answers:"
            f" portal restore --undo --stack {running.stack}"
        )
        return
    _scale(running, running.replicas)


def _require_rolled_out(running: RunningStack, *, start: bool) -> None:
    """SituationError if the portal could not be started again as it is."""
    if not start and running.autoscaled:
        raise SituationError(
            f"{running.stack} scales by itself, and nothing starts pods again that were scaled to none",
            f"take portal:autoscaling out of stacks/Pulumi.{running.stack}.yaml until the earlier release runs",
        )
    status = portal_of(running.kubectl.api, running.namespace, running.stack).get("status", {})
    if start and status.get("replicas", 0) != status.get("updatedReplicas", 0):
        raise SituationError(
            f"the last deployment of {running.stack} was not finished, so stopping the portal would end the pods that"
            " still work",
            "go back to the release before (`portal rollback`), or add --leave-stopped and deploy that release then",
        )


def require_nothing_aside(pod: BackupPod, stack: str) -> None:
    """SituationError if an earlier restore was neither finished nor undone."""
    if int(pod.restore("aside") or 0):
        raise SituationError(
            f"an earlier restore of {stack} has put schemas aside, and they are still there",
            f"bring them back with `portal restore --undo --stack {stack}`, or delete them with `portal restore"
            f" --discard --stack {stack}`",
        )


def undo(running: RunningStack) -> None:
    """Bring back what the last restore put aside, and start the portal with it."""
    with backup_pod(running.kubectl, running.namespace, running.stack) as pod:
        try:
            stop(running)
            with running.progress.phase("Bring back what was there before"):
                pod.restore("undo")
        finally:
            _scale(running, running.replicas)
        start_again(running)


def discard(running: RunningStack, pod: BackupPod) -> None:
    """Delete what the last restore put aside."""
    with running.progress.phase("Delete what was put aside"):
        pod.restore("discard")


def stop(running: RunningStack) -> None:
    """Let no pod of the portal run, and wait until none does."""
    portal_of(running.kubectl.api, running.namespace, running.stack)
    with running.progress.phase("Stop the portal"):
        _scale(running, 0)
        _await_stopped(running, BACKSTAGE_COMPONENT, "the portal's pods")


def _await_stopped(running: RunningStack, component: str, what: str) -> None:
    labels = f"{INSTANCE_LABEL}={running.stack},{COMPONENT_LABEL}={component}"
    path = collection_path("v1", "pods", running.namespace)
    deadline = time.monotonic() + STOP_SECONDS
    while not all(ended(pod) for pod in running.kubectl.api.list(path, labels=labels)):
        if time.monotonic() > deadline:
            raise PortalError(f"{what} have not ended within {STOP_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


def start_again(running: RunningStack) -> None:
    """As many pods as before, and wait until they work."""
    _scale(running, running.replicas)
    await_rollout(running.kubectl.api, running.namespace, own_selector(running.stack), running.progress)


def _scale(running: RunningStack, replicas: int) -> None:
    where = (f"deployment/{SERVICE}", f"--namespace={running.namespace}")
    output(running.kubectl.command("scale", *where, f"--replicas={replicas}"))


def _migrate(running: RunningStack) -> None:
    """Run the migrations that the release has and the backup lacks: its own Job has succeeded, and does so once."""
    api, namespace = running.kubectl.api, running.namespace
    jobs = collection_path("batch/v1", "jobs", namespace)
    labels = f"{own_selector(running.stack)},{COMPONENT_LABEL}={MIGRATION_COMPONENT}"
    image = _image(portal_of(api, namespace, running.stack))
    # One that failed, or that is of a release which never ran, is not what the portal needs.
    fits = [job for job in api.list(jobs, labels=labels) if job_status(job).succeeded and _image(job) == image]
    found = sorted(fits, key=lambda job: str(job["metadata"]["creationTimestamp"]))
    if not found:
        return
    name = f"migrate-restored-{secrets.token_hex(3)}"
    api.create(jobs, _again(found[-1], name))
    try:
        await_job(api, namespace, name, float(found[-1]["spec"]["activeDeadlineSeconds"]), running.progress)
    finally:
        output(running.kubectl.command("delete", "job", name, f"--namespace={namespace}", "--ignore-not-found"))


def _image(item: Object) -> str:
    return str(pod_template(item)["spec"]["containers"][0]["image"])


def _again(job: Object, name: str) -> dict[str, Any]:
    """The same Job under another name, without what the cluster added to it."""
    spec = {key: copy.deepcopy(job["spec"][key]) for key in ("template", "backoffLimit", "activeDeadlineSeconds")}
    labels = spec["template"]["metadata"]["labels"]
    spec["template"]["metadata"] = {"labels": {key: labels[key] for key in labels if key not in _OF_THE_JOB}}
    metadata = {"name": name, "namespace": job["metadata"]["namespace"]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}
