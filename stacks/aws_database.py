"""A database on RDS: one of the stack's own with the role that the portal signs in as, or somebody else's."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount

from components.backstage.rds_role import RdsRole, RdsRoleArgs
from components.database.existing_rds import ExistingRds, ExistingRdsArgs
from components.database.rds import RdsDatabase
from components.database.rds_args import RdsCare, RdsDatabaseArgs, RdsMoment, RdsPlace, RdsShape, RdsSnapshot
from components.monitoring.watched import WatchedDatabase
from portal.aws.roots import roots_of
from portal.contract import COMPONENT_LABEL, INSTANCE_LABEL, OWN_DATABASE, OWN_ROLE, ROLE_ACCOUNT, ROLE_COMPONENT
from portal.models.aws.place import Aws
from portal.models.database.existing_rds import ExistingRdsDatabaseSettings
from portal.models.database.rds import RdsDatabaseSettings
from portal.models.database.restore import LATEST, RestoreSettings
from stacks.aws_identity import pod_identity
from stacks.built_database import BuiltDatabase
from stacks.place import InAws, InNamespace
from stacks.scheduling import scheduling


def build_rds(settings: RdsDatabaseSettings, place: InNamespace) -> BuiltDatabase:
    """An instance, and the Job that makes the portal's role in it."""
    in_aws = required(place)
    database = RdsDatabase(in_aws.named("database"), _args(settings, in_aws, place.deployment.plan.stack), in_aws.opts)
    sign_in = database.sign_in
    return BuiltDatabase(
        connection=database.connection,
        ready=[_role(database, place, in_aws)],
        sign_in=sign_in,
        watched=WatchedDatabase(
            identifier=database.instance,
            max_connections=settings.max_connections,
            storage_gib=settings.storage_gib,
        ),
    )


def build_existing_rds(settings: ExistingRdsDatabaseSettings, place: InNamespace) -> BuiltDatabase:
    """An instance that others made, with the role in it."""
    chosen = required(place).chosen
    region = settings.region or chosen.region
    args = ExistingRdsArgs(
        host=settings.host,
        port=settings.port,
        database=settings.name,
        user=settings.user,
        account=chosen.account,
        region=region,
        resource_id=settings.resource_id,
        authority=_authority(settings.ca, region),
    )
    database = ExistingRds("database", args, place.opts)
    return BuiltDatabase(connection=database.connection, sign_in=database.sign_in)


def required(place: InNamespace) -> InAws:
    """Where in AWS the portal is. The checks require that the stack says so."""
    if place.aws is None:
        raise pulumi.RunError("a database on RDS is for target: aws. Choose another engine, or another target.")
    return place.aws


def _args(settings: RdsDatabaseSettings, in_aws: InAws, stack: str) -> RdsDatabaseArgs:
    chosen = in_aws.chosen
    return RdsDatabaseArgs(
        identifier=settings.instance_name(stack),
        version=settings.version,
        database=OWN_DATABASE,
        user=OWN_ROLE,
        key=in_aws.key,
        authority=_authority(settings.ca, chosen.region),
        place=RdsPlace(
            account=chosen.account,
            region=chosen.region,
            vpc=chosen.vpc.id,
            subnets=[one.id for one in chosen.subnets.database],
            cidrs=[one.cidr for one in chosen.subnets.database],
            clients=chosen.cluster.security_group,
            path=in_aws.path,
            boundary=chosen.boundary,
        ),
        shape=RdsShape(
            instance_class=settings.class_in(chosen.region),
            storage=settings.storage_gib,
            most_storage=settings.most_storage_gib,
            max_connections=settings.max_connections,
            multi_az=settings.multi_az,
        ),
        care=_care(settings, chosen),
        source=_source(settings.restore),
    )


def _source(chosen: RestoreSettings | None) -> RdsMoment | RdsSnapshot | None:
    if chosen is None:
        return None
    if chosen.snapshot is not None:
        return RdsSnapshot(snapshot=chosen.snapshot)
    at = None if chosen.at == LATEST else chosen.at
    if chosen.deleted_source:
        return RdsMoment(at=at, resource_id=chosen.source)
    return RdsMoment(at=at, name=chosen.source)


def _care(settings: RdsDatabaseSettings, chosen: Aws) -> RdsCare:
    return RdsCare(
        backup_days=settings.backup_days,
        backup_window=settings.backup_window,
        maintenance_window=settings.maintenance_window,
        apply_immediately=settings.at_once,
        snapshot=settings.final_snapshot_name if settings.final_snapshot else None,
        log_days=chosen.log_days,
        keep=settings.keep,
    )


def _authority(given: str | None, region: str) -> str:
    authority = given or roots_of(region)
    if authority is None:
        raise pulumi.RunError(f"portal:database.ca is missing: the portal has no authorities of RDS in {region}.")
    return authority


def _role(database: RdsDatabase, place: InNamespace, in_aws: InAws) -> pulumi.Resource:
    """The Job has an account of its own, which may read the master user's secret. Nothing else may."""
    plan = place.deployment.plan
    account = ServiceAccount(
        "database-role-account",
        metadata=place.metadata.of(ROLE_ACCOUNT, place.namespace),
        automount_service_account_token=False,
        opts=place.opts,
    )
    args = RdsRoleArgs(
        namespace=place.namespace,
        metadata=place.metadata,
        labels={INSTANCE_LABEL: plan.stack, COMPONENT_LABEL: ROLE_COMPONENT},
        image=plan.image,
        database=database.connection,
        master_secret=database.master_secret,
        region=in_aws.chosen.region,
        account=ROLE_ACCOUNT,
        after=[account, *pod_identity("database-role", ROLE_ACCOUNT, database.read_master, place, in_aws)],
        dns=place.dns,
        scheduling=scheduling(plan.settings),
    )
    return RdsRole("database-role", args, place.opts).job
