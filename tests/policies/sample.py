"""A graph with every type of AWS that a stack makes: a portal's stack as its file says, and what a foundation has."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws
from pulumi_aws import ec2, ecr, eks, iam
from pulumi_aws.cloudwatch import LogGroup

from portal.graph.model import Graph, Resource
from portal.graph.recorder import record_program
from tests.components.aws import ACCOUNT, KEY, REGION
from tests.support.aws_graphs import recorded_file

STACK_FILE = Path(__file__).parent / "prod.yaml"
ISSUER = "token.actions.githubusercontent.com"


def portal_graph(*, preview: bool = False) -> Graph:
    """What the stack of a portal registers."""
    return recorded_file(STACK_FILE, preview=preview)


@cache
def shared_graph(*, preview: bool = False) -> Graph:
    """What portals share, and a database, each with what the rules ask for and nothing else."""
    recorded = record_program(_shared, stack="foundation", preview=preview)
    return replace(recorded, resources={**recorded.resources, **_database(recorded)})


@cache
def whole_graph(*, preview: bool = False) -> Graph:
    """Both."""
    portal, shared = portal_graph(preview=preview), shared_graph(preview=preview)
    return replace(portal, resources={**portal.resources, **shared.resources})


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _shared() -> None:
    provider = pulumi_aws.Provider(
        "shared", region=REGION, allowed_account_ids=[ACCOUNT], default_tags={"tags": {"portal:stack": "foundation"}}
    )
    opts = pulumi.ResourceOptions(provider=provider)
    kept = pulumi.ResourceOptions(provider=provider, protect=True, retain_on_delete=True)
    _network(opts)
    logs = LogGroup("cluster-logs", retention_in_days=365, kms_key_id=KEY, opts=opts)
    eks.Cluster(
        "cluster",
        version="1.35",
        role_arn="arn:aws:iam::111122223333:role/portal-foundation/cluster",
        vpc_config={"subnet_ids": ["subnet-a"], "endpoint_private_access": True, "endpoint_public_access": False},
        encryption_config={"provider": {"key_arn": KEY}, "resources": ["secrets"]},
        enabled_cluster_log_types=["api", "audit", "authenticator"],
        access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
        opts=pulumi.ResourceOptions(provider=provider, protect=True, depends_on=[logs]),
    )
    images = ecr.Repository(
        "images",
        name="portal",
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration={"scan_on_push": True},
        encryption_configurations=[{"encryption_type": "KMS", "kms_key": KEY}],
        force_delete=False,
        opts=kept,
    )
    ecr.LifecyclePolicy("images-lifecycle", repository=images.name, policy='{"rules": []}', opts=opts)
    _deployer(opts)


def _network(opts: pulumi.ResourceOptions) -> None:
    vpc = ec2.Vpc("vpc", cidr_block="10.40.0.0/16", opts=opts)
    ec2.DefaultSecurityGroup("unused", vpc_id=vpc.id, ingress=[], egress=[], opts=opts)
    ec2.FlowLog("flow-log", vpc_id=vpc.id, traffic_type="ALL", opts=opts)
    ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.40.0.0/22", map_public_ip_on_launch=False, opts=opts)
    ec2.VpcEndpoint(
        "endpoint-ec2",
        vpc_id=vpc.id,
        vpc_endpoint_type="Interface",
        service_name=f"com.amazonaws.{REGION}.ec2",
        opts=opts,
    )


def _deployer(opts: pulumi.ResourceOptions) -> None:
    github = iam.OpenIdConnectProvider(
        "github", url=f"https://{ISSUER}", client_id_lists=["sts.amazonaws.com"], opts=opts
    )
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": github.arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{ISSUER}:aud": "sts.amazonaws.com",
                f"{ISSUER}:sub": "repo:acme/portal:environment:prod",
            }
        },
    }
    role = iam.Role(
        "deployer",
        path="/portal-foundation/",
        assume_role_policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [trust]}),
        opts=opts,
    )
    rights = document(
        {"Effect": "Allow", "Action": ["ec2:DescribeVpcs", "ecr:GetAuthorizationToken"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["kms:CreateKey", "kms:TagResource"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestTag/portal:stack": "prod"}},
        },
    )
    policy = iam.Policy("deployer-rights", policy=rights, opts=opts)
    iam.RolePolicyAttachment("deployer-rights", role=role.name, policy_arn=policy.arn, opts=opts)
    _PortalBoundary("boundary", opts)


class _PortalBoundary(pulumi.ComponentResource):
    """As the foundation's: it allows everywhere what roles may be given."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("portal:identity:PortalBoundary", name, None, opts)
        text = document({"Effect": "Allow", "Action": ["kms:Decrypt", "s3:GetObject"], "Resource": "*"})
        iam.Policy(name, policy=text, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


def _database(recorded: Graph) -> dict[str, Resource]:
    """Written by hand, by the properties that AWS has for an instance and its parameters."""
    (provider,) = [one.urn for one in recorded if one.is_provider]
    parameters = _resource(
        "rds/parameterGroup:ParameterGroup",
        "database-parameters",
        provider,
        {"family": "postgres18", "parameters": [{"name": "rds.force_ssl", "value": "1"}]},
    )
    instance = _resource(
        "rds/instance:Instance",
        "database",
        provider,
        {
            "autoMinorVersionUpgrade": True,
            "backupRetentionPeriod": 14,
            "copyTagsToSnapshot": True,
            "dbSubnetGroupName": "[unknown]",
            "deleteAutomatedBackups": False,
            "deletionProtection": True,
            "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
            "engine": "postgres",
            "iamDatabaseAuthenticationEnabled": True,
            "kmsKeyId": KEY,
            "manageMasterUserPassword": True,
            "monitoringInterval": 60,
            "multiAz": True,
            "parameterGroupName": "[unknown]",
            "publiclyAccessible": False,
            "skipFinalSnapshot": False,
            "storageEncrypted": True,
            "username": "portal_owner",
        },
    )
    instance = replace(instance, property_dependencies={"parameterGroupName": (parameters.urn,)})
    return {one.urn: one for one in (parameters, instance)}


def _resource(kind: str, name: str, provider: str, inputs: dict[str, Any]) -> Resource:
    return Resource(
        urn=f"urn:pulumi:foundation::portal::aws:{kind}::{name}",
        type=f"aws:{kind}",
        name=name,
        parent="",
        custom=True,
        provider=provider,
        inputs=inputs,
        protect=True,
        retain_on_delete=True,
    )
