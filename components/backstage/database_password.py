"""The database's password, for a pod that needs no other secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.backstage.database_access import kept_elsewhere
from components.content_named import immutable_secret
from components.database.connection import DatabaseConnection, ExistingSecret
from components.gate_job import Mounted
from components.metadata import CommonMetadata
from portal.contract import DATABASE_PASSWORD, SECRETS_FOLDER

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import VolumeArgsDict, VolumeMountArgsDict


def mounted_password(
    name: str,
    namespace: pulumi.Input[str],
    database: DatabaseConnection,
    metadata: CommonMetadata,
    opts: pulumi.ResourceOptions,
) -> Mounted:
    """From where somebody else keeps it, or from a Secret ``name`` with nothing else."""
    password = database.password
    if isinstance(password, ExistingSecret):
        volumes, mounts = kept_elsewhere(database)
        return Mounted(volumes=volumes, mounts=mounts)
    secret = immutable_secret(name, namespace, metadata, {DATABASE_PASSWORD: password}, opts)
    volume: VolumeArgsDict = {
        "name": "secrets",
        "secret": {"secret_name": secret.metadata.name, "default_mode": 0o440},
    }
    mount: VolumeMountArgsDict = {"name": "secrets", "mount_path": SECRETS_FOLDER, "read_only": True}
    return Mounted(volumes=[volume], mounts=[mount], fingerprints=(password.fingerprint,))
