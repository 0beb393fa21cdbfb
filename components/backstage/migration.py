"""The component: the Job that runs a release's database migrations before its pods start."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from components.backstage.database_access import database_egress, database_environment, database_files
from components.backstage.database_client import database_client
from components.backstage.database_password import mounted_password
from components.backstage.javascript import MIGRATIONS_FILE
from components.backstage.migrate import MIGRATE
from components.database.connection import DatabaseConnection
from components.gate_job import GateJobArgs, Limits, Program, gate_job
from components.metadata import CommonMetadata
from components.network_rules import to_dns
from components.pods import ANYWHERE, Scheduling
from portal.contract import PORTAL_FOLDER

if TYPE_CHECKING:
    pass

_PROGRAM = f"{PORTAL_FOLDER}/migrate.mjs"

# A migration that builds an index over millions of rows takes minutes. A failure ends the Job sooner. The program has a
# limit of its own, which is shorter (LIMIT_MS in components/backstage/migrate.py).
LIMIT_SECONDS = 600
# A connection may be lost on the way. Tries are 10 and 20 s apart
# (https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy).
RETRIES = 2


@dataclass(frozen=True, kw_only=True)
class DatabaseMigrationArgs:
    """``migrations`` are sets by schema, as JSON can hold them. ``labels`` are those that the database lets in.

    The Job runs ``after`` other resources. ``dns`` are as in :func:`components.network_rules.to_dns`.
    ``account`` is the service account of its pods; None is the namespace's default, which has no rights.
    """

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    labels: Mapping[str, str]
    image: str
    database: DatabaseConnection
    migrations: Mapping[str, list[dict[str, Any]]]
    after: Sequence[pulumi.Resource] = ()
    account: str | None = None
    dns: Sequence[str] = ()
    scheduling: Scheduling = ANYWHERE


class DatabaseMigration(pulumi.ComponentResource):
    """The Job ``migrate-...``, which knows the database's password and no other secret.

    Deliberately no way back: what a migration did is undone by restoring a backup.
    """

    job: pulumi.Resource

    def __init__(self, name: str, args: DatabaseMigrationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:backstage:DatabaseMigration", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        common = args.metadata.labelled(args.labels)
        database = args.database
        self.job = gate_job(
            "migrate",
            GateJobArgs(
                namespace=args.namespace,
                metadata=common,
                selector=args.labels,
                program=Program(
                    image=args.image,
                    command=["node", _PROGRAM],
                    files={
                        _PROGRAM: MIGRATE,
                        f"{PORTAL_FOLDER}/database-client.mjs": database_client(database),
                        MIGRATIONS_FILE: json.dumps(args.migrations, indent=1, sort_keys=True),
                        **database_files(database),
                    },
                    environment=database_environment(database),
                ),
                mounted=mounted_password("migrate-secrets", args.namespace, database, common, child),
                egress=[to_dns(args.dns), *database_egress(database)],
                limits=Limits(seconds=LIMIT_SECONDS, retries=RETRIES),
                stop_seconds=LIMIT_SECONDS,
                account=args.account,
                scheduling=args.scheduling,
            ),
            child,
            args.after,
        )
        self.register_outputs({})
