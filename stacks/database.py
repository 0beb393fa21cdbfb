"""Build the database that a stack chose. There is one function for each engine."""

from __future__ import annotations

from functools import singledispatch

import pulumi

from components.claim import Storage
from components.database.connection import ExistingSecret
from components.database.external import ExternalDatabase, ExternalDatabaseArgs
from components.database.in_cluster import InClusterDatabase, InClusterDatabaseArgs
from portal.contract import DATABASE_PASSWORD
from portal.models.database import DatabaseSettings
from portal.models.database.existing_rds import ExistingRdsDatabaseSettings
from portal.models.database.external import ExternalDatabaseSettings
from portal.models.database.in_cluster import InClusterDatabaseSettings
from portal.models.database.rds import RdsDatabaseSettings
from portal.stack.outbound import service_namespace
from stacks.built_database import BuiltDatabase
from stacks.place import InNamespace
from stacks.scheduling import scheduling


def build_database(place: InNamespace) -> BuiltDatabase:
    """The database that the stack chose."""
    return _build(place.deployment.plan.settings.database, place)


@singledispatch
def _build(settings: DatabaseSettings, _place: InNamespace) -> BuiltDatabase:
    raise pulumi.RunError(f"portal:database: nothing here builds {type(settings).__name__}")


@_build.register
def _in_cluster(settings: InClusterDatabaseSettings, place: InNamespace) -> BuiltDatabase:
    """PostgreSQL in the portal's namespace."""
    plan = place.deployment.plan
    args = InClusterDatabaseArgs(
        namespace=place.namespace,
        metadata=place.metadata,
        image=plan.database_image,
        password=place.deployment.secrets[DATABASE_PASSWORD],
        clients=place.clients,
        max_connections=plan.resolved.max_connections,
        storage=Storage(size=settings.storage, class_name=settings.storage_class, keep=settings.keep),
        scheduling=scheduling(plan.settings),
    )
    return BuiltDatabase(connection=InClusterDatabase("database", args, place.opts).connection)


@_build.register
def _external(settings: ExternalDatabaseSettings, place: InNamespace) -> BuiltDatabase:
    """PostgreSQL that runs elsewhere."""
    kept = settings.password_secret
    args = ExternalDatabaseArgs(
        host=settings.host,
        port=settings.port,
        database=settings.name,
        user=settings.user,
        password=ExistingSecret(name=kept.name, key=kept.key)
        if kept is not None
        else place.deployment.secrets[DATABASE_PASSWORD],
        authority=settings.ca,
        service_namespace=service_namespace(settings.host),
        cidr=settings.cidr,
    )
    return BuiltDatabase(connection=ExternalDatabase("database", args, place.opts).connection)


@_build.register
def _rds(settings: RdsDatabaseSettings, place: InNamespace) -> BuiltDatabase:
    """PostgreSQL on RDS. Imported here: a portal that is not on AWS does not wait for AWS's SDK."""
    from stacks.aws_database import build_rds  # noqa: PLC0415

    return build_rds(settings, place)


@_build.register
def _existing_rds(settings: ExistingRdsDatabaseSettings, place: InNamespace) -> BuiltDatabase:
    """PostgreSQL on RDS that somebody else made."""
    from stacks.aws_database import build_existing_rds  # noqa: PLC0415

    return build_existing_rds(settings, place)
