"""How a pod reaches the portal's database: environment, volumes and mounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.database.connection import DatabaseConnection, ExistingSecret
from components.network_rules import ANYWHERE, to_namespace, to_network, to_pods
from portal.base.pod_environment import literal
from portal.contract import (
    DATABASE_AUTHORITY,
    DATABASE_FOLDER,
    DATABASE_HOST,
    DATABASE_NAME,
    DATABASE_PASSWORD,
    DATABASE_PASSWORD_FILE,
    DATABASE_PASSWORD_PATH,
    DATABASE_PORT,
    DATABASE_TLS,
    DATABASE_USER,
    PORTAL_FOLDER,
    SECRETS_FOLDER,
)

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import EnvVarArgsDict, VolumeArgsDict, VolumeMountArgsDict
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict

AUTHORITY_FILE = f"{PORTAL_FOLDER}/database-authority.pem"


def database_environment(database: DatabaseConnection) -> list[EnvVarArgsDict]:
    """The variables that app-config and the JavaScript modules read. None of them is secret."""
    kept = isinstance(database.password, ExistingSecret)
    tls: list[EnvVarArgsDict] = [{"name": DATABASE_TLS, "value": "verify"}] if database.tls else []
    if database.authority is not None:
        tls.append({"name": DATABASE_AUTHORITY, "value": AUTHORITY_FILE})
    return [
        {"name": DATABASE_HOST, "value": database.host},
        {"name": DATABASE_PORT, "value": str(database.port)},
        {"name": DATABASE_USER, "value": literal(database.user)},
        {"name": DATABASE_NAME, "value": literal(database.database)},
        {
            "name": DATABASE_PASSWORD_PATH,
            "value": DATABASE_PASSWORD_FILE if kept else f"{SECRETS_FOLDER}/{DATABASE_PASSWORD}",
        },
        *tls,
    ]


def database_files(database: DatabaseConnection) -> dict[str, str]:
    """The files of a ConfigMap that the environment names, by path."""
    return {} if database.authority is None else {AUTHORITY_FILE: database.authority}


def kept_elsewhere(database: DatabaseConnection) -> tuple[list[VolumeArgsDict], list[VolumeMountArgsDict]]:
    """The volume with the password from an existing Secret, and its mount; nothing if the password is the stack's."""
    kept = database.password
    if not isinstance(kept, ExistingSecret):
        return [], []
    items = [{"key": kept.key, "path": DATABASE_PASSWORD_FILE.rpartition("/")[2]}]
    volume: VolumeArgsDict = {
        "name": "database",
        "secret": {"secret_name": kept.name, "default_mode": 0o440, "items": items},  # pyright: ignore[reportAssignmentType]
    }
    return [volume], [{"name": "database", "mount_path": DATABASE_FOLDER, "read_only": True}]


def to_database(database: DatabaseConnection) -> NetworkPolicyEgressRuleArgsDict:
    """Allow the database, as closely as its address lets a network policy name it."""
    if database.pod_labels is not None:
        return to_pods(database.pod_labels, database.port)
    if database.service_namespace is not None:
        return to_namespace(database.service_namespace, [database.port])
    return to_network(database.cidr or ANYWHERE, [database.port])
