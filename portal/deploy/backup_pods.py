"""Pods of a command, made from what a deployment left in the cluster: they end with the command, or by themselves.

They have the images, the permissions and the password of the pods that make backups. None has the label by which a
deployment knows its objects.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, ClassVar

from portal.base.age_key import PrivateKey
from portal.base.errors import PortalError, SituationError
from portal.base.process import output, piped
from portal.contract import (
    BACKUP,
    BACKUP_DRILL_FILE,
    BACKUP_DUMP,
    BACKUP_FILES_VOLUME,
    BACKUP_READ_FILE,
    BACKUP_RESTORE_FILE,
    BACKUP_STORE,
    BACKUP_TMP_VOLUME,
    BACKUP_WORK,
    BACKUP_WORK_VOLUME,
    BACKUPS_VOLUME,
    COMPONENT_LABEL,
    DATABASE_AUTHORITY,
    DATABASE_ENVIRONMENT,
    DATABASE_PASSWORD_PATH,
    DATABASE_TLS,
    DRILL_COMPONENT,
    INSTANCE_LABEL,
    OWN_DATABASE,
    OWN_ROLE,
    SERVICE,
)
from portal.deploy.backups import Backup, KeptBackup, backup_in_file, chosen_backup, parse_backups
from portal.deploy.checked_copy import CheckedCopy
from portal.graph.manifests import pod_template
from portal.kubernetes.api import ClusterApi, Object
from portal.kubernetes.api_paths import collection_path, named
from portal.kubernetes.failure import FailureWatch, containers, ended, last_words
from portal.kubernetes.kubectl import Kubectl

# Whatever ends the command, its pod does not outlive this.
LIMIT_SECONDS = 3600
START_SECONDS = 120.0
POLL_SECONDS = 0.2
TOOL = "tool"
DRILL_LABEL = "portal/drill"
# The variables that name a database. A drill has another one.
_CONNECTION = (*DATABASE_ENVIRONMENT, DATABASE_PASSWORD_PATH, DATABASE_TLS, DATABASE_AUTHORITY)
_DRILL_VOLUMES = (BACKUP_FILES_VOLUME, BACKUP_WORK_VOLUME, BACKUP_TMP_VOLUME)
_WAITS = ["sh", "-c", f"exec sleep {LIMIT_SECONDS}"]
# The portal's image has no shell.
_NODE_WAITS = ["node", "--eval", f"setTimeout(() => undefined, {LIMIT_SECONDS}_000)"]


@dataclass(frozen=True)
class _CommandPod:
    """A pod that runs, and the container in it that the command talks to."""

    kubectl: Kubectl
    namespace: str
    name: str
    container: ClassVar[str]

    def run(self, *words: str, stdin: str | None = None) -> str:
        """What a program prints in the pod. PortalError with the last thing that it said on its standard error."""
        return output(self.command(*words, stdin=stdin is not None), stdin=stdin)

    def read(self) -> Object:
        """The pod as the cluster has it."""
        return self.kubectl.api.get(named(collection_path("v1", "pods", self.namespace), self.name))

    def command(self, *words: str, stdin: bool = False) -> list[Any]:
        """The command of this machine that runs a program in the pod."""
        place = ("exec", f"--namespace={self.namespace}", self.name, f"--container={self.container}")
        return self.kubectl.command(*place, *(["--stdin"] if stdin else []), "--", *words, patience=0)


@dataclass(frozen=True)
class StoredBackups(_CommandPod):
    """A pod that reads the place where backups are kept. It has no password of the database."""

    container = BACKUP_STORE

    def backups(self) -> tuple[Backup, ...]:
        """The backups, newest first."""
        return parse_backups(self.run("node", BACKUP_READ_FILE, "lists"))

    def reading(self, file: str) -> list[Any]:
        """The command of this machine that writes a file of a backup to its standard output."""
        return self.command("node", BACKUP_READ_FILE, "file", file)


@dataclass(frozen=True)
class BackupPod(_CommandPod):
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
    with _pod(kubectl, namespace, f"{BACKUP}-{BACKUP_STORE}", _labels(template), body) as name:
        pod = StoredBackups(kubectl, namespace, name)
        await_container(pod, BACKUP_STORE, "running", START_SECONDS)
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
    body = _with_containers(spec, _tool(spec, _WAITS), first)
    with _pod(kubectl, namespace, f"{BACKUP}-{TOOL}", _labels(template), body) as name:
        pod = BackupPod(kubectl, namespace, name)
        await_container(pod, TOOL, "running", START_SECONDS)
        yield pod


@contextmanager
def drill_pod(kubectl: Kubectl, namespace: str, stack: str) -> Generator[BackupPod]:
    """A pod with a database of its own, and the portal that waits for it. It reaches nothing, nor is it reached."""
    api = kubectl.api
    backups = pod_template(schedule_of(api, namespace, stack))["spec"]
    portal = pod_template(portal_of(api, namespace, stack))["spec"]
    tool = _tool(backups, ["sh", BACKUP_DRILL_FILE])
    # Its own server, on the socket in the pod's folder, which asks for no password.
    tool["env"] = [*_own_database(BACKUP_WORK), {"name": DATABASE_PASSWORD_PATH, "value": "/dev/null"}]
    tool["volumeMounts"] = _of_backups(tool["volumeMounts"])
    tool["resources"] = {kind: _without_disk(given) for kind, given in tool.get("resources", {}).items()}
    # In place of the folder with a limit: how much a dump and a whole database need, nobody knows before.
    work: dict[str, Any] = {"name": BACKUP_WORK_VOLUME, "emptyDir": {}}
    volumes = [work if one["name"] == BACKUP_WORK_VOLUME else one for one in backups["volumes"]]
    body = {
        **portal,
        "containers": [tool, _of_drill(portal["containers"][0])],
        "volumes": [*portal["volumes"], *_of_backups(volumes)],
    }
    labels = {INSTANCE_LABEL: stack, COMPONENT_LABEL: DRILL_COMPONENT, DRILL_LABEL: secrets.token_hex(3)}
    with _shut(api, namespace, labels), _pod(kubectl, namespace, f"{BACKUP}-{DRILL_COMPONENT}", labels, body) as name:
        pod = BackupPod(kubectl, namespace, name)
        await_container(pod, TOOL, "running", START_SECONDS)
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


def await_container(pod: _CommandPod, name: str, state: str, limit: float) -> None:
    """Wait until a container of the pod is ``running`` or ``ready``. PortalError with the cause if it will not be."""
    deadline, watch = time.monotonic() + limit, FailureWatch()
    while True:
        item = pod.read()
        found = _status(item, name)
        if found.get("ready") if state == "ready" else "running" in found.get("state", {}):
            return
        if "terminated" in found.get("state", {}):
            words = last_words(item) or f"exit code {found['state']['terminated'].get('exitCode')}"
            raise PortalError(f"container {name} of pod {pod.name} ended: {words}")
        failure = watch.find([item], time.monotonic())
        if failure is not None:
            raise PortalError(failure.reason)
        if item.get("status", {}).get("phase") == "Failed":
            raise PortalError(f"pod {pod.name} ended: {item['status'].get('message') or item['status'].get('reason')}")
        if time.monotonic() > deadline:
            raise PortalError(f"container {name} of pod {pod.name} is not {state} within {limit:.0f} s")
        time.sleep(POLL_SECONDS)


def _into(name: str) -> list[str]:
    """Write standard input into a file of the pod.

    The shell stays: without a process that holds the standard output, the connection ends before all has arrived.
    """
    return ["sh", "-c", f"cat > {BACKUP_WORK}/{name} && echo written"]


def _status(pod: Object, name: str) -> Mapping[str, Any]:
    none: Mapping[str, Any] = {}
    return next((one for one in containers(pod) if one["name"] == name), none)


@contextmanager
def _pod(
    kubectl: Kubectl, namespace: str, kind: str, labels: Mapping[str, str], spec: Mapping[str, Any]
) -> Generator[str]:
    """A pod, whose name it yields. Deletes it at the end."""
    api, pods = kubectl.api, collection_path("v1", "pods", namespace)
    name = f"{kind}-{secrets.token_hex(3)}"
    metadata = {"name": name, "namespace": namespace, "labels": dict(labels)}
    more = {"restartPolicy": "Never", "activeDeadlineSeconds": LIMIT_SECONDS, "terminationGracePeriodSeconds": 0}
    _delete_abandoned(api, pods, kind, labels)
    api.create(pods, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**spec, **more}})
    try:
        yield name
    finally:
        api.delete(named(pods, name))


@contextmanager
def _shut(api: ClusterApi, namespace: str, labels: Mapping[str, str]) -> Generator[None]:
    """A network policy that lets nothing in and nothing out, as a namespace of somebody else may have none."""
    policies = collection_path("networking.k8s.io/v1", "networkpolicies", namespace)
    _delete_policies_of_none(api, policies, namespace, labels[INSTANCE_LABEL])
    # Each drill has its own: the end of another one must not open it.
    name = f"{BACKUP}-{DRILL_COMPONENT}-{labels[DRILL_LABEL]}"
    spec = {"podSelector": {"matchLabels": dict(labels)}, "policyTypes": ["Ingress", "Egress"]}
    metadata = {"name": name, "namespace": namespace, "labels": dict(labels)}
    api.create(
        policies, {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    )
    try:
        yield
    finally:
        api.delete(named(policies, name))


def _delete_policies_of_none(api: ClusterApi, policies: str, namespace: str, stack: str) -> None:
    """Delete the policies of drills whose pods are gone."""
    selector = f"{INSTANCE_LABEL}={stack},{COMPONENT_LABEL}={DRILL_COMPONENT}"
    pods = api.list(collection_path("v1", "pods", namespace), labels=selector)
    living = {pod["metadata"]["labels"].get(DRILL_LABEL) for pod in pods if not ended(pod)}
    for policy in api.list(policies, labels=selector):
        if policy["metadata"]["labels"].get(DRILL_LABEL) not in living:
            api.delete(named(policies, str(policy["metadata"]["name"])))


def _delete_abandoned(api: ClusterApi, pods: str, kind: str, labels: Mapping[str, str]) -> None:
    """Delete what commands that were killed left behind, once it has ended by itself."""
    selector = ",".join(f"{name}={labels[name]}" for name in (INSTANCE_LABEL, COMPONENT_LABEL))
    for item in api.list(pods, labels=selector):
        if str(item["metadata"]["name"]).startswith(f"{kind}-") and ended(item):
            api.delete(named(pods, str(item["metadata"]["name"])))


def _labels(template: Mapping[str, Any]) -> dict[str, str]:
    """What the database's policy knows its clients by; nothing by which a deployment would count the pod as its own."""
    labels: Mapping[str, str] = template["metadata"]["labels"]
    return {name: labels[name] for name in (INSTANCE_LABEL, COMPONENT_LABEL)}


def _tool(spec: Mapping[str, Any], command: list[str]) -> dict[str, Any]:
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


def _of_drill(container: Mapping[str, Any]) -> dict[str, Any]:
    """The portal's container with another database, without work to do, and with time to wait.

    Entities that no provider or other entity owns would be deleted within seconds, and tasks that waited would run.
    Variables of this form replace keys of app-config
    (https://backstage.io/docs/conf/writing#environment-variable-overrides).
    """
    overrides = {
        "APP_CONFIG_catalog_processingInterval": "false",
        "APP_CONFIG_catalog_orphanStrategy": "keep",
        "APP_CONFIG_catalog_orphanProviderStrategy": "keep",
        "APP_CONFIG_scaffolder_concurrentTasksLimit": "0",
        "APP_CONFIG_backend_database_connection_ssl": "false",
    }
    replaced = set(_CONNECTION) - {DATABASE_PASSWORD_PATH}
    kept = [one for one in container.get("env", []) if one["name"] not in replaced]
    probe = {**container["startupProbe"], "failureThreshold": LIMIT_SECONDS}
    more = [{"name": name, "value": value} for name, value in overrides.items()]
    return {**container, "env": [*kept, *_own_database("127.0.0.1"), *more], "startupProbe": probe}


def _of_backups(named_parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The volumes or mounts of the pods of backups that a drill has, under names that the portal's pod does not use."""
    return [{**one, "name": f"backups-{one['name']}"} for one in named_parts if one["name"] in _DRILL_VOLUMES]


def _without_disk(given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if name != "ephemeral-storage"}


def _own_database(host: str) -> list[dict[str, str]]:
    """The variables that lead to the server of a drill."""
    values = (host, "5432", OWN_ROLE, OWN_DATABASE)
    return [{"name": name, "value": value} for name, value in zip(DATABASE_ENVIRONMENT, values, strict=True)]
