"""A small program on AWS: a key, a bucket, a database and a load balancer, each as a security review wants it."""

from __future__ import annotations

import json
from functools import cache

import pulumi
import pulumi_aws
from pulumi_aws.cloudwatch import LogGroup
from pulumi_aws.ec2 import SecurityGroup
from pulumi_aws.iam import Role, RolePolicy, RolePolicyAttachment
from pulumi_aws.kms import Alias, Key
from pulumi_aws.lb import Listener, LoadBalancer, TargetGroup
from pulumi_aws.rds import Instance, ParameterGroup, SubnetGroup
from pulumi_aws.s3 import (
    Bucket,
    BucketLifecycleConfiguration,
    BucketLogging,
    BucketOwnershipControls,
    BucketPolicy,
    BucketPublicAccessBlock,
    BucketServerSideEncryptionConfiguration,
    BucketVersioning,
)
from pulumi_aws.vpc import SecurityGroupEgressRule, SecurityGroupIngressRule

from portal.graph.model import Graph
from portal.graph.recorder import record_program

ACCOUNT = "111122223333"
_REGION = "eu-central-1"
_VPC = "vpc-0a1b2c3d4e5f60718"
_SUBNETS = ["subnet-0a1b2c3d4e5f60718", "subnet-0b1b2c3d4e5f60718", "subnet-0c1b2c3d4e5f60718"]
_CERTIFICATE = f"arn:aws:acm:{_REGION}:{ACCOUNT}:certificate/0f0e2d5c-6b0a-4c4b-9e55-2f6f3c1b7a10"
_LOGS_BUCKET = "acme-portal-logs"
_DATA = pulumi.ResourceOptions(protect=True, retain_on_delete=True)


@cache
def recorded_sample(*, preview: bool = True) -> Graph:
    """Its graph."""
    return record_program(aws_sample, stack="sample", preview=preview)


def aws_sample() -> None:
    """Everything, with an explicit provider."""
    tags = pulumi_aws.ProviderDefaultTagsArgsDict(tags={"team": "platform"})
    provider = pulumi_aws.Provider("aws", region=_REGION, allowed_account_ids=[ACCOUNT], default_tags=tags)
    component = pulumi.ComponentResource(
        "portal:test:AwsSample", "sample", None, pulumi.ResourceOptions(providers=[provider])
    )
    child = pulumi.ResourceOptions(parent=component)
    data = pulumi.ResourceOptions.merge(child, _DATA)
    key = _key(data, child)
    bucket = _bucket(key, data, child)
    balancer_group = _load_balancer(child)
    database = _database(key, balancer_group, data, child)
    logs = LogGroup("logs", name="/portal/prod", kms_key_id=key.arn, retention_in_days=365, opts=child)
    _role(bucket, database, logs, child)


def _key(data: pulumi.ResourceOptions, child: pulumi.ResourceOptions) -> Key:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Account",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
        ],
    }
    key = Key("key", description="Data of the portal", enable_key_rotation=True, policy=json.dumps(policy), opts=data)
    Alias("key-alias", name="alias/portal", target_key_id=key.key_id, opts=child)
    return key


def _bucket(key: Key, data: pulumi.ResourceOptions, child: pulumi.ResourceOptions) -> Bucket:
    bucket = Bucket("docs", bucket="acme-portal-docs", tags={"holds": "documentation"}, opts=data)
    BucketVersioning("docs-versions", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child)
    BucketOwnershipControls(
        "docs-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
    )
    BucketPublicAccessBlock(
        "docs-public-access",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    BucketServerSideEncryptionConfiguration(
        "docs-encryption",
        bucket=bucket.id,
        rules=[
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
                "bucket_key_enabled": True,
            }
        ],
        opts=child,
    )
    BucketLogging("docs-log", bucket=bucket.id, target_bucket=_LOGS_BUCKET, target_prefix="docs/", opts=child)
    BucketLifecycleConfiguration(
        "docs-lifecycle",
        bucket=bucket.id,
        rules=[
            {
                "id": "old-versions",
                "status": "Enabled",
                "filter": {},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                "noncurrent_version_expiration": {"noncurrent_days": 90},
            }
        ],
        opts=child,
    )
    only_tls = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OnlyTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
    BucketPolicy("docs-policy", bucket=bucket.id, policy=pulumi.Output.json_dumps(only_tls), opts=child)
    return bucket


def _load_balancer(child: pulumi.ResourceOptions) -> SecurityGroup:
    group = SecurityGroup("address", description="Load balancer of the portal", vpc_id=_VPC, opts=child)
    SecurityGroupIngressRule(
        "address-https",
        security_group_id=group.id,
        description="HTTPS from the company's network",
        cidr_ipv4="10.0.0.0/8",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        opts=child,
    )
    SecurityGroupEgressRule(
        "address-pods",
        security_group_id=group.id,
        description="Pods of the portal",
        cidr_ipv4="10.40.0.0/16",
        ip_protocol="tcp",
        from_port=7007,
        to_port=7007,
        opts=child,
    )
    balancer = LoadBalancer(
        "address",
        internal=True,
        load_balancer_type="application",
        subnets=_SUBNETS,
        security_groups=[group.id],
        access_logs={"bucket": _LOGS_BUCKET, "enabled": True, "prefix": "address"},
        drop_invalid_header_fields=True,
        desync_mitigation_mode="defensive",
        enable_deletion_protection=True,
        opts=child,
    )
    targets = TargetGroup(
        "pods",
        port=7007,
        protocol="HTTP",
        target_type="ip",
        vpc_id=_VPC,
        health_check={"path": "/.backstage/health/v1/readiness", "matcher": "200"},
        opts=child,
    )
    Listener(
        "https",
        load_balancer_arn=balancer.arn,
        port=443,
        protocol="HTTPS",
        ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        certificate_arn=_CERTIFICATE,
        default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
        opts=child,
    )
    Listener(
        "http",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="HTTP",
        default_actions=[
            {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
        ],
        opts=child,
    )
    return group


def _database(
    key: Key, clients: SecurityGroup, data: pulumi.ResourceOptions, child: pulumi.ResourceOptions
) -> Instance:
    group = SecurityGroup("database", description="Database of the portal", vpc_id=_VPC, opts=child)
    SecurityGroupIngressRule(
        "database-clients",
        security_group_id=group.id,
        description="PostgreSQL from the portal",
        referenced_security_group_id=clients.id,
        ip_protocol="tcp",
        from_port=5432,
        to_port=5432,
        opts=child,
    )
    monitoring = Role("database-monitoring", assume_role_policy=_trust("monitoring.rds.amazonaws.com"), opts=child)
    attached = RolePolicyAttachment(
        "database-monitoring",
        role=monitoring.name,
        policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        opts=child,
    )
    parameters = {"rds.force_ssl": "1", "log_statement": "ddl", "log_min_duration_statement": "1000"}
    options = ParameterGroup(
        "database",
        family="postgres18",
        parameters=[{"name": name, "value": value} for name, value in parameters.items()],
        opts=child,
    )
    return Instance(
        "database",
        identifier="portal",
        engine="postgres",
        engine_version="18",
        instance_class="db.m8g.large",
        allocated_storage=50,
        storage_encrypted=True,
        kms_key_id=key.arn,
        username="portal_admin",
        manage_master_user_password=True,
        master_user_secret_kms_key_id=key.arn,
        iam_database_authentication_enabled=True,
        multi_az=True,
        publicly_accessible=False,
        db_subnet_group_name=SubnetGroup("database", subnet_ids=_SUBNETS, opts=child).name,
        parameter_group_name=options.name,
        vpc_security_group_ids=[group.id],
        ca_cert_identifier="rds-ca-rsa2048-g1",
        auto_minor_version_upgrade=True,
        backup_retention_period=14,
        copy_tags_to_snapshot=True,
        deletion_protection=True,
        skip_final_snapshot=False,
        final_snapshot_identifier="portal-final",
        delete_automated_backups=False,
        enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
        monitoring_interval=60,
        monitoring_role_arn=monitoring.arn,
        performance_insights_enabled=True,
        performance_insights_kms_key_id=key.arn,
        opts=pulumi.ResourceOptions.merge(data, pulumi.ResourceOptions(depends_on=[attached])),
    )


def _role(bucket: Bucket, database: Instance, logs: LogGroup, child: pulumi.ResourceOptions) -> None:
    role = Role(
        "portal",
        path="/portal/prod/",
        assume_role_policy=_trust("pods.eks.amazonaws.com", "sts:TagSession"),
        opts=child,
    )
    user = pulumi.Output.concat(f"arn:aws:rds-db:{_REGION}:{ACCOUNT}:dbuser:", database.resource_id, "/portal")
    statements = [
        {"Effect": "Allow", "Action": "rds-db:connect", "Resource": user},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket.arn},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": pulumi.Output.concat(bucket.arn, "/*")},
        {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": pulumi.Output.concat(logs.arn, ":log-stream:*")},
    ]
    document = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})
    RolePolicy("portal", role=role.name, policy=document, opts=child)


def _trust(service: str, *actions: str) -> str:
    """The pods or the service that may take a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": ["sts:AssumeRole", *actions]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
