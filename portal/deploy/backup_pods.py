"""Pods of a command that read or restore backups, made from what a deployment left in the cluster.

They have the images, the permissions and the password of the pods that make backups. None has the label by which a
deployment knows its objects.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from portal.base.age_key import PrivateKey
from portal.base.errors import PortalError, SituationError
from portal.base.process import piped
from portal.contract import (
    BACKUP,
    BACKUP_DUMP,
    BACKUP_READ_FILE,
    BACKUP_RESTORE_FILE,
    BACKUP_STORE,
    BACKUP_WORK,
    BACKUPS_VOLUME,
    COMPONENT_LABEL,
    INSTANCE_LABEL,
    SERVICE,
)
from portal.deploy.backups import Backup, KeptBackup, backup_in_file, chosen_backup, parse_backups
from portal.deploy.checked_copy import CheckedCopy
from portal.deploy.command_pod import LIMIT_SECONDS, CommandPod, running_pod
from portal.graph.manifests import pod_template
from portal.kubernetes.api import ClusterApi, Object
from portal.kubernetes.api_paths import collection_path, named
from portal.kubernetes.kubectl import Kubectl

TOOL = "tool"
_WAITS = ["sh", "-c", f"exec sleep {LIMIT_SECONDS}"]
# The portal's image has no shell.
_NODE_WAITS = ["node", "--eval", f"setTimeout(() => undefined, {LIMIT_SECONDS}_000)"]


@dataclass(frozen=True)
class StoredBackups(CommandPod):
    """A pod that reads the place where backups are kept. It has no password of the database."""

    container = BACKUP_STORE

    def backups(self) -> tuple[Backup, ...]:
        """The backups, newest first."""
        return parse_backups(self.run("node", BACKUP_READ_FILE, "lists"))

    def reading(self, file: str) -> list[Any]:
        """The command of this machine that writes a file of a backup to its standard output."""
        return self.command("node", BACKUP_READ_FILE, "file", file)


@dataclass(frozen=True)
class BackupPod(CommandPod):
    """A pod with PostgreSQL's client, and a folder for one dump. It does not reach any backup."""

    container = TOOL

    def take(self, kept: KeptBackup, key: PrivateKey) -> None:
        """Bring a backup's dump into the pod. It is decrypted on the way, on this machine, and never lies here."""

        def through(given: IO[bytes], taken: IO[bytes]) -> None:
            copy = CheckedCopy(taken)
            key.decrypt(given, copy)
            copy.require(kept.backup.dump.sha256, kept.backup.name)

        piped(kept.source, self.command(*_into("dump"), stdin=True), through)
        arrived = int(self.run("sh", "-c", f"wc -c < {BACKUP_WORK}/dump"))
        if arrived != kept.backup.dump.bytes:
            raise PortalError(f"only {arrived} of {kept.backup.dump.bytes} bytes arrived in pod {self.name}")
        self.run(*_into("expected"), stdin=kept.backup.expected())

    def restore(self, verb: str) -> str:
        """Run the script that puts a dump back. PortalError with its own last sentence."""
        return self.run("sh", BACKUP_RESTORE_FILE, verb)


@contextmanager
def stored_backups(kubectl: Kubectl, namespace: str, stack: str) -> Generator[StoredBackups]:
    """A pod that reads backups. SituationError if the stack makes none."""
    template = pod_template(schedule_of(kubectl.api, namespace, stack))
    spec = template["spec"]
    store = next(one for one in spec["containers"] if one["name"] == BACKUP_STORE)
    body = _with_containers(spec, {**store, "command": _NODE_WAITS, "volumeMounts": _only_read(store["volumeMounts"])})
    prefix = f"{BACKUP}-{BACKUP_STORE}"
    with running_pod(StoredBackups, kubectl, namespace, prefix, _labels(template), body) as pod:
        yield pod


@contextmanager
def kept_backup(kubectl: Kubectl, namespace: str, stack: str, name: str | None) -> Generator[KeptBackup]:
    """A backup by its name, or by the path of its file, which needs no pod; the newest one without a name."""
    if name is not None and name.endswith(".age"):
        yield backup_in_file(Path(name))
        return
    with stored_backups(kubectl, namespace, stack) as stored:
        backup = chosen_backup(name, stored.backups(), stack)
        yield KeptBackup(backup, stored.reading(f"{backup.name}.age"))


@contextmanager
def backup_pod(kubectl: Kubectl, namespace: str, stack: str) -> Generator[BackupPod]:
    """A pod with the database's client. SituationError if the stack makes no backups."""
    template = pod_template(schedule_of(kubectl.api, namespace, stack))
    spec = {key: value for key, value in template["spec"].items() if not key.startswith("serviceAccount")}
    first = [one for one in spec.get("initContainers", []) if one["name"] != BACKUP_DUMP]
    body = _with_containers(spec, database_tool(spec, _WAITS), first)
    with running_pod(BackupPod, kubectl, namespace, f"{BACKUP}-{TOOL}", _labels(template), body) as pod:
        yield pod


def schedule_of(api: ClusterApi, namespace: str, stack: str) -> Object:
    """The CronJob of a stack. SituationError if it has none."""
    found = api.find(named(collection_path("batch/v1", "cronjobs", namespace), BACKUP))
    if found is None or found["metadata"].get("labels", {}).get(INSTANCE_LABEL) != stack:
        raise SituationError(
            f"{stack} makes no backups",
            f"write `portal:backup: {{publicKey: ...}}` into stacks/Pulumi.{stack}.yaml, with the key that"
            " `portal backup key` prints, and deploy it",
        )
    return found


def portal_of(api: ClusterApi, namespace: str, stack: str) -> Object:
    """The Deployment of a stack. SituationError if it is not deployed."""
    found = api.find(named(collection_path("apps/v1", "deployments", namespace), SERVICE))
    if found is None or found["metadata"].get("labels", {}).get(INSTANCE_LABEL) != stack:
        raise SituationError(f"{stack} is not deployed", f"run `portal up --stack {stack}`")
    return found


def _into(name: str) -> list[str]:
    """Write standard input into a file of the pod.

    The shell stays: without a process that holds the standard output, the connection ends before all has arrived.
    """
    return ["sh", "-c", f"cat > {BACKUP_WORK}/{name} && echo written"]


def _labels(template: Mapping[str, Any]) -> dict[str, str]:
    """What the database's policy knows its clients by; nothing by which a deployment would count the pod as its own."""
    labels: Mapping[str, str] = template["metadata"]["labels"]
    return {name: labels[name] for name in (INSTANCE_LABEL, COMPONENT_LABEL)}


def database_tool(spec: Mapping[str, Any], command: list[str]) -> dict[str, Any]:
    """The container that dumps, with another command: it has PostgreSQL's programs, and the database's password."""
    dump = next(one for one in spec["initContainers"] if one["name"] == BACKUP_DUMP)
    return {**dump, "name": TOOL, "command": command}


def _with_containers(
    spec: Mapping[str, Any], container: Mapping[str, Any], first: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The pod with one container, and with the volumes that it and the ``first`` ones mount."""
    mounted = {mount["name"] for one in (container, *first) for mount in one["volumeMounts"]}
    volumes = [one for one in spec["volumes"] if one["name"] in mounted]
    return {**spec, "initContainers": [*first], "containers": [container], "volumes": volumes}


def _only_read(mounts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The mounts, with the volume of the backups as one that nothing writes to."""
    return [{**one, "readOnly": True} if one["name"] == BACKUPS_VOLUME else {**one} for one in mounts]
