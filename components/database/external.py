"""PostgreSQL that runs elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.database.connection import DatabaseConnection, ExistingSecret
from components.secret_value import SecretValue


@dataclass(frozen=True, kw_only=True)
class ExternalDatabaseArgs:
    """Address, role and password. ``authority`` (PEM) signed the certificate. Default: a public one.

    ``service_namespace``, or ``cidr``, is where network policies open. Default: everywhere, on the port.
    """

    host: str
    port: int
    database: str
    user: str
    password: SecretValue | ExistingSecret
    authority: str | None = None
    service_namespace: str | None = None
    cidr: str | None = None


class ExternalDatabase(pulumi.ComponentResource):
    """A database that others operate. Creates and deletes nothing, neither roles nor databases."""

    connection: DatabaseConnection

    def __init__(self, name: str, args: ExternalDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:database:ExternalDatabase", name, None, opts)
        self.connection = DatabaseConnection(
            host=args.host,
            port=args.port,
            database=args.database,
            user=args.user,
            credential=args.password,
            tls=True,
            authority=args.authority,
            service_namespace=args.service_namespace,
            cidrs=[args.cidr] if args.cidr is not None else [],
        )
        self.register_outputs({"host": args.host})
