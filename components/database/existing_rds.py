"""PostgreSQL on RDS that somebody else made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.database.connection import DatabaseConnection, IamSignIn
from components.database.rds_statements import may_sign_in
from components.identity.policy import Statement


@dataclass(frozen=True, kw_only=True)
class ExistingRdsArgs:
    """The instance's endpoint and its resource id, with the database and the role that others made.

    ``authority`` (PEM) are those of RDS in its region. ``cidrs`` are where network policies open. Default: everywhere,
    on the port.
    """

    host: str
    port: int
    database: str
    user: str
    account: str
    region: str
    resource_id: str
    authority: str
    cidrs: Sequence[str] = ()


class ExistingRds(pulumi.ComponentResource):
    """A database on RDS that others operate. Creates and deletes nothing, neither roles nor databases.

    ``sign_in`` are the statements of an AWS role that signs in as the chosen role of PostgreSQL.
    """

    connection: DatabaseConnection
    resource_id: str
    sign_in: tuple[Statement, ...]

    def __init__(self, name: str, args: ExistingRdsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:database:ExistingRds", name, None, opts)
        self.connection = DatabaseConnection(
            host=args.host,
            port=args.port,
            database=args.database,
            user=args.user,
            credential=IamSignIn(region=args.region),
            cidrs=args.cidrs,
            tls=True,
            authority=args.authority,
        )
        self.resource_id = args.resource_id
        self.sign_in = (may_sign_in(args.region, args.account, args.resource_id, args.user),)
        self.register_outputs({"host": args.host})
