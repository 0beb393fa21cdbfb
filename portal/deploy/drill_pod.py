"""The pod of a drill: a database of its own, and the portal with it, which reach nothing and are not reached."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

from portal.contract import (
    BACKUP,
    BACKUP_DRILL_FILE,
    BACKUP_FILES_VOLUME,
    BACKUP_TMP_VOLUME,
    BACKUP_WORK,
    BACKUP_WORK_VOLUME,
    COMPONENT_LABEL,
    DATABASE_AUTHORITY,
    DATABASE_ENVIRONMENT,
    DATABASE_PASSWORD_PATH,
    DATABASE_TLS,
    DRILL_COMPONENT,
    INSTANCE_LABEL,
    OWN_DATABASE,
    OWN_ROLE,
)
from portal.deploy.backup_pods import BackupPod, database_tool, portal_of, schedule_of
from portal.deploy.command_pod import LIMIT_SECONDS, running_pod
from portal.graph.manifests import pod_template
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_paths import collection_path, named
from portal.kubernetes.failure import ended
from portal.kubernetes.kubectl import Kubectl

DRILL_LABEL = "portal/drill"
# The variables that name a database. A drill has another one.
_CONNECTION = (*DATABASE_ENVIRONMENT, DATABASE_PASSWORD_PATH, DATABASE_TLS, DATABASE_AUTHORITY)
_VOLUMES = (BACKUP_FILES_VOLUME, BACKUP_WORK_VOLUME, BACKUP_TMP_VOLUME)


@contextmanager
def drill_pod(kubectl: Kubectl, namespace: str, stack: str) -> Generator[BackupPod]:
    """A pod with a database of its own, and the portal that waits for it. It reaches nothing, nor is it reached."""
    api = kubectl.api
    backups = pod_template(schedule_of(api, namespace, stack))["spec"]
    portal = pod_template(portal_of(api, namespace, stack))["spec"]
    tool = database_tool(backups, ["sh", BACKUP_DRILL_FILE])
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
    prefix = f"{BACKUP}-{DRILL_COMPONENT}"
    with (
        _shut(api, namespace, labels),
        running_pod(BackupPod, kubectl, namespace, prefix, labels, body) as pod,
    ):
        yield pod


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
    return [{**one, "name": f"backups-{one['name']}"} for one in named_parts if one["name"] in _VOLUMES]


def _without_disk(given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if name != "ephemeral-storage"}


def _own_database(host: str) -> list[dict[str, str]]:
    """The variables that lead to the server of a drill."""
    values = (host, "5432", OWN_ROLE, OWN_DATABASE)
    return [{"name": name, "value": value} for name, value in zip(DATABASE_ENVIRONMENT, values, strict=True)]
