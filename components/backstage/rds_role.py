"""The component: the Job that makes the portal's role in a database on RDS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.backstage.database_access import database_egress, database_environment, database_files
from components.backstage.database_client import database_client
from components.backstage.make_rds_role import MAKE_RDS_ROLE
from components.database.connection import DatabaseConnection
from components.gate_job import GateJobArgs, Limits, Program, gate_job
from components.metadata import CommonMetadata
from components.network_rules import to_anywhere, to_dns
from components.pods import ANYWHERE, Scheduling
from portal.aws.endpoints import service_host
from portal.contract import MASTER_SECRET, PORTAL_FOLDER, ROLE_COMPONENT, SECRETS_ADDRESS

_PROGRAM = f"{PORTAL_FOLDER}/make-role.mjs"

# The program has a limit of its own, which is shorter (LIMIT_MS in components/backstage/make_rds_role.py).
LIMIT_SECONDS = 300
RETRIES = 1


@dataclass(frozen=True, kw_only=True)
class RdsRoleArgs:
    """``database`` is the connection whose role is made. ``master_secret`` (ARN) opens it, in ``region``.

    ``account`` is the service account of the Job's pods, whose AWS role may read that secret and nothing else. The Job
    runs ``after`` that role is there. ``dns`` are as in :func:`components.network_rules.to_dns`.
    """

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    labels: Mapping[str, str]
    image: str
    database: DatabaseConnection
    master_secret: pulumi.Input[str]
    region: str
    account: str
    after: Sequence[pulumi.Resource]
    dns: Sequence[str] = ()
    scheduling: Scheduling = ANYWHERE


class RdsRole(pulumi.ComponentResource):
    """The Job ``database-role-...``: the portal's role, what it may do with the database, and nobody else beside it.

    Its pods are the only ones that can have the master user's password, for as long as they run. Deliberately no way
    back: a role that is not needed any more owns schemas, and goes with the database.
    """

    job: pulumi.Resource

    def __init__(self, name: str, args: RdsRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:backstage:RdsRole", name, None, opts)
        database = args.database
        self.job = gate_job(
            ROLE_COMPONENT,
            GateJobArgs(
                namespace=args.namespace,
                metadata=args.metadata.labelled(args.labels),
                selector=args.labels,
                program=Program(
                    image=args.image,
                    command=["node", _PROGRAM],
                    files={
                        _PROGRAM: MAKE_RDS_ROLE,
                        f"{PORTAL_FOLDER}/database-client.mjs": database_client(database),
                        **database_files(database),
                    },
                    environment=[
                        *database_environment(database),
                        {"name": MASTER_SECRET, "value": args.master_secret},
                        {"name": SECRETS_ADDRESS, "value": f"https://{service_host('secretsmanager', args.region)}"},
                    ],
                    memory="256Mi",
                ),
                # Network policies cannot name hosts: Secrets Manager is at any address.
                egress=[to_dns(args.dns), *database_egress(database), to_anywhere(443)],
                limits=Limits(seconds=LIMIT_SECONDS, retries=RETRIES),
                account=args.account,
                scheduling=args.scheduling,
            ),
            pulumi.ResourceOptions(parent=self),
            args.after,
        )
        self.register_outputs({})
