"""PostgreSQL on RDS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws.cloudwatch import LogGroup
from pulumi_aws.iam import Role, RolePolicyAttachment
from pulumi_aws.rds import Instance, ParameterGroup, SubnetGroup
from pulumi_aws.vpc import SecurityGroupIngressRule

from components.database.connection import DatabaseConnection, IamSignIn
from components.database.rds_args import MASTER_USER, RdsDatabaseArgs, RdsMoment, RdsSnapshot
from components.database.rds_parameters import rds_parameters
from components.database.rds_statements import may_read_secret, may_sign_in
from components.identity.policy import Statement, document
from components.network.security_group import SecurityGroup
from portal.aws.arn import managed_policy_arn, regional_arn

if TYPE_CHECKING:
    from pulumi_aws.rds import InstanceRestoreToPointInTimeArgsDict

PORT = 5432
# Every region has this authority, and it ends in 2061 or later
# (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html).
AUTHORITY = "rds-ca-rsa2048-g1"
# The last one says why a token was refused.
LOGS = ("postgresql", "upgrade", "iam-db-auth-error")
MONITORING_SECONDS = 60
# What Performance Insights keeps without a charge.
INSIGHTS_DAYS = 7


def log_groups(identifier: str) -> list[str]:
    """The names of the instance's logs in CloudWatch, which its key has to be open for."""
    return [f"/aws/rds/instance/{identifier}/{log}" for log in LOGS]


class RdsDatabase(pulumi.ComponentResource):
    """Stateful: one instance of PostgreSQL, with a standby in another zone if that was chosen.

    Whoever restores it gives another ``identifier``: the instance before may still have its name. One that was kept is
    not deleted then, and is in the stack no more.

    Nobody has a password: RDS makes the one of the master user and keeps it in Secrets Manager, and all others sign in
    with AWS roles. ``sign_in`` are the statements for that, and ``read_master`` are for whoever may read
    ``master_secret``. ``instance`` is its identifier. Deliberately neither the portal's role in it, which
    :class:`components.backstage.rds_role.RdsRole` makes, nor replicas: RDS has none with such a master password.
    """

    connection: DatabaseConnection
    resource_id: pulumi.Output[str]
    master_secret: pulumi.Output[str]
    instance: pulumi.Output[str]
    sign_in: tuple[Statement, ...]
    read_master: tuple[Statement, ...]

    def __init__(self, name: str, args: RdsDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:database:RdsDatabase", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        place = args.place
        subnets = SubnetGroup(
            f"{name}-subnets",
            description="Subnets without a route out",
            subnet_ids=list(place.subnets),
            opts=child,
        )
        group = SecurityGroup(
            f"{name}-security-group",
            description="The database of a portal: it answers the cluster, and reaches nobody",
            vpc_id=place.vpc,
            opts=child,
        )
        SecurityGroupIngressRule(
            f"{name}-from-cluster",
            security_group_id=group.id,
            referenced_security_group_id=place.clients,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            description="PostgreSQL from pods of the cluster",
            opts=child,
        )
        parameters = ParameterGroup(
            f"{name}-parameters",
            description="TLS only, connections, and logs",
            # Another family is another group. The instance leaves the old one when it is upgraded, which may be days
            # later, and RDS deletes no group that is in use. So the old one stays, and costs nothing.
            # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBParameterGroup.html
            family=f"postgres{args.version}",
            parameters=rds_parameters(args.version, args.shape.max_connections),
            opts=pulumi.ResourceOptions(
                parent=self, retain_on_delete=args.care.keep or not args.care.apply_immediately
            ),
        )
        role, attachment = _monitoring(name, args, child)
        # RDS would make them without an end, and without the key.
        logs = [
            LogGroup(
                f"{name}-log-{log}",
                name=group_name,
                kms_key_id=args.key,
                retention_in_days=args.care.log_days,
                # After a restore, they say what happened to the instance before.
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.care.keep),
            )
            for log, group_name in zip(LOGS, log_groups(args.identifier), strict=True)
        ]
        server = _instance(name, args, self, (subnets, group, parameters, role), (attachment, *logs))
        self.connection = DatabaseConnection(
            host=server.address,
            port=PORT,
            database=args.database,
            user=args.user,
            credential=IamSignIn(region=place.region),
            cidrs=place.cidrs,
            tls=True,
            authority=args.authority,
        )
        self.resource_id = server.resource_id
        self.master_secret = server.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn or "")
        self.instance = server.identifier
        self.sign_in = (may_sign_in(place.region, place.account, self.resource_id, args.user),)
        self.read_master = may_read_secret(place.region, self.master_secret, args.key)
        self.register_outputs({"host": server.address, "resourceId": server.resource_id})


def _monitoring(name: str, args: RdsDatabaseArgs, child: pulumi.ResourceOptions) -> tuple[Role, RolePolicyAttachment]:
    """The role with which this instance, and no other, reports what its machine does.

    Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    """
    place = args.place
    instance = regional_arn("rds", place.region, place.account, f"db:{args.identifier}")
    trust = document(
        {
            "Sid": "ThisInstance",
            "Effect": "Allow",
            "Principal": {"Service": "monitoring.rds.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": place.account},
                "ArnEquals": {"aws:SourceArn": instance},
            },
        }
    )
    role = Role(
        f"{name}-monitoring-role",
        description="Enhanced monitoring of a portal's database",
        path=place.path,
        permissions_boundary=place.boundary,
        assume_role_policy=json.dumps(trust),
        opts=child,
    )
    attachment = RolePolicyAttachment(
        f"{name}-monitoring-rights",
        role=role.name,
        policy_arn=managed_policy_arn(place.region, "service-role/AmazonRDSEnhancedMonitoringRole"),
        opts=child,
    )
    return role, attachment


def _instance(
    name: str,
    args: RdsDatabaseArgs,
    parent: pulumi.Resource,
    parts: tuple[SubnetGroup, SecurityGroup, ParameterGroup, Role],
    after: tuple[pulumi.Resource, ...],
) -> Instance:
    subnets, group, parameters, role = parts
    shape, care, source = args.shape, args.care, args.source
    return Instance(
        f"{name}-server",
        identifier=args.identifier,
        engine="postgres",
        # RDS updates minor versions by itself, so only the major one may stand here.
        engine_version=args.version,
        auto_minor_version_upgrade=True,
        # The stack's file has the major version, and somebody has to change it there.
        allow_major_version_upgrade=True,
        apply_immediately=care.apply_immediately,
        instance_class=shape.instance_class,
        storage_type="gp3",
        # What is restored has the storage, the key and the name of the database that it had, and RDS takes no smaller,
        # no other and none (internal/service/rds/instance.go in hashicorp/terraform-provider-aws).
        allocated_storage=shape.storage if source is None else None,
        max_allocated_storage=shape.most_storage,
        storage_encrypted=True,
        kms_key_id=args.key if source is None else None,
        multi_az=shape.multi_az,
        db_name=args.database if source is None else None,
        port=PORT,
        db_subnet_group_name=subnets.name,
        vpc_security_group_ids=[group.id],
        publicly_accessible=False,
        parameter_group_name=parameters.name,
        ca_cert_identifier=AUTHORITY,
        username=MASTER_USER,
        manage_master_user_password=True,
        master_user_secret_kms_key_id=args.key,
        iam_database_authentication_enabled=True,
        enabled_cloudwatch_logs_exports=list(LOGS),
        monitoring_interval=MONITORING_SECONDS,
        monitoring_role_arn=role.arn,
        database_insights_mode="standard",
        performance_insights_enabled=True,
        performance_insights_kms_key_id=args.key,
        performance_insights_retention_period=INSIGHTS_DAYS,
        backup_retention_period=care.backup_days,
        backup_window=care.backup_window,
        maintenance_window=care.maintenance_window,
        copy_tags_to_snapshot=True,
        deletion_protection=care.keep,
        skip_final_snapshot=care.snapshot is None,
        final_snapshot_identifier=f"{args.identifier}-{care.snapshot}" if care.snapshot is not None else None,
        delete_automated_backups=care.snapshot is None,
        snapshot_identifier=source.snapshot if isinstance(source, RdsSnapshot) else None,
        restore_to_point_in_time=_moment(source) if isinstance(source, RdsMoment) else None,
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=care.keep,
            retain_on_delete=care.keep,
            # What another one is restored from goes last, if at all.
            delete_before_replace=False,
            depends_on=list(after),
        ),
    )


def _moment(source: RdsMoment) -> InstanceRestoreToPointInTimeArgsDict:
    """The instance and the moment. RDS takes one or the other of both pairs."""
    found: InstanceRestoreToPointInTimeArgsDict = (
        {"source_dbi_resource_id": source.resource_id}
        if source.resource_id is not None
        else {"source_db_instance_identifier": source.name}
    )
    if source.at is not None:
        found["restore_time"] = source.at
    else:
        found["use_latest_restorable_time"] = True
    return found
