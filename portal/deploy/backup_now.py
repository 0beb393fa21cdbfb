"""Make a backup of a running stack at once, with the pod of its schedule."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Mapping
from typing import Any

from portal.base.errors import PortalError
from portal.base.process import output
from portal.base.progress import Progress
from portal.contract import BACKUP, BACKUP_BY_HAND, BACKUP_REASON, BACKUP_STORE
from portal.deploy.backup_pods import schedule_of, stored_backups
from portal.deploy.backups import Backup
from portal.kubernetes.api_paths import collection_path
from portal.kubernetes.jobs import await_job
from portal.kubernetes.kubectl import Kubectl


def back_up(kubectl: Kubectl, namespace: str, stack: str, progress: Progress) -> Backup:
    """Run the schedule's Job once, and return the newest backup. PortalError with the cause if it fails.

    Kubernetes deletes the Job as it deletes those of the schedule: it belongs to it.
    """
    api = kubectl.api
    schedule = schedule_of(api, namespace, stack)
    name, spec = f"{BACKUP}-by-hand-{secrets.token_hex(3)}", by_hand(schedule["spec"]["jobTemplate"]["spec"])
    owner = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": schedule["metadata"]["name"],
        "uid": schedule["metadata"]["uid"],
        "controller": True,
    }
    # https://kubernetes.io/docs/reference/labels-annotations-taints/#cronjob-kubernetes-io-instantiate
    annotations = {"cronjob.kubernetes.io/instantiate": "manual"}
    metadata = {"name": name, "namespace": namespace, "annotations": annotations, "ownerReferences": [owner]}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}
    api.create(collection_path("batch/v1", "jobs", namespace), job)
    try:
        await_job(api, namespace, name, float(spec["activeDeadlineSeconds"]), progress)
    except BaseException:
        # What is not waited for any more is not to go on by itself.
        output(kubectl.command("delete", "job", name, f"--namespace={namespace}", "--ignore-not-found"))
        raise
    with progress.phase("Read what it made"), stored_backups(kubectl, namespace, stack) as stored:
        made = next((one for one in stored.backups() if one.reason == BACKUP_BY_HAND), None)
    if made is None:
        raise PortalError(f"the Job {name} has ended, and this version cannot read the backup that it made")
    return made


def by_hand(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The Job's spec, with the reason that keeps the backup apart from those of the schedule."""
    own = copy.deepcopy(dict(spec))
    for container in own["template"]["spec"]["containers"]:
        if container["name"] == BACKUP_STORE:
            others = [one for one in container["env"] if one["name"] != BACKUP_REASON]
            container["env"] = [*others, {"name": BACKUP_REASON, "value": BACKUP_BY_HAND}]
    return own
