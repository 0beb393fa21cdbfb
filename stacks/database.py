"""The database that a stack chose; each ends in a connection."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.database.connection import DatabaseConnection, ExistingSecret
from components.database.external import ExternalDatabase, ExternalDatabaseArgs
from components.database.in_cluster import InClusterDatabase, InClusterDatabaseArgs, Storage
from components.metadata import CommonMetadata
from portal.models import database as chosen
from portal.stack.connection_budget import connection_budget
from portal.stack.secrets import DATABASE_PASSWORD
from stacks.door import Deployment
from stacks.scheduling import scheduling


def build_database(
    deployment: Deployment,
    namespace: pulumi.Output[str],
    metadata: CommonMetadata,
    client_labels: Mapping[str, str],
    in_cluster: pulumi.ResourceOptions,
) -> DatabaseConnection:
    """PostgreSQL in the portal's namespace, or one elsewhere."""
    settings = deployment.plan.settings
    if isinstance(settings.database, chosen.ExternalDatabase):
        return ExternalDatabase("database", _external(deployment, settings.database), in_cluster).connection
    plugins = deployment.plan.app_config.plugins
    return InClusterDatabase(
        "database",
        InClusterDatabaseArgs(
            namespace=namespace,
            metadata=metadata,
            image=deployment.plan.database_image,
            password=deployment.secrets[DATABASE_PASSWORD],
            client_labels=client_labels,
            max_connections=connection_budget(plugins, settings.most_replicas).max_connections,
            storage=Storage(
                size=settings.database.storage,
                class_name=settings.database.storage_class,
                keep=settings.database.keep,
            ),
            scheduling=scheduling(settings),
        ),
        in_cluster,
    ).connection


def _external(deployment: Deployment, database: chosen.ExternalDatabase) -> ExternalDatabaseArgs:
    kept = database.password_secret
    password = (
        ExistingSecret(name=kept.name, key=kept.key) if kept is not None else deployment.secrets[DATABASE_PASSWORD]
    )
    return ExternalDatabaseArgs(
        host=database.host,
        port=database.port,
        database=database.name,
        user=database.user,
        password=password,
        authority=database.ca,
    )
