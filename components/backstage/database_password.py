"""The database's password, for a pod that needs no other secret."""

from __future__ import annotations

import pulumi

from components.backstage.database_credential import credential_use
from components.content_named import immutable_secret
from components.database.connection import DatabaseConnection
from components.gate_job import Mounted, mounted_secret
from components.metadata import CommonMetadata
from portal.contract import DATABASE_PASSWORD, SECRETS_FOLDER


def mounted_password(
    name: str,
    namespace: pulumi.Input[str],
    database: DatabaseConnection,
    metadata: CommonMetadata,
    opts: pulumi.ResourceOptions,
) -> Mounted:
    """From where somebody else keeps it, or from a Secret ``name`` with nothing else. Nothing if there is none."""
    use = credential_use(database.credential)
    if use.secret is None:
        return Mounted(volumes=use.volumes, mounts=use.mounts)
    secret = immutable_secret(name, namespace, metadata, {DATABASE_PASSWORD: use.secret}, opts)
    return mounted_secret("secrets", SECRETS_FOLDER, secret, use.secret)
