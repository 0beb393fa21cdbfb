"""The most that roles may ever do, whatever their policies say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.iam import Policy

from components.identity.policy import document
from components.identity.statement import DeployRights
from portal.aws.arn import bucket_arn, iam_arn, regional_arn
from portal.aws.names import FOUNDATION_PATH, STACK_TAG, deploy_role_name, portal_path

# What a portal's own roles do: its pods, the Job that makes the database's role, RDS's monitoring, and who publishes
# documentation.
_OF_A_PORTAL = (
    *("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "logs:CreateLogGroup", "logs:CreateLogStream"),
    *("logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"),
    *(
        "logs:PutRetentionPolicy",
        "rds-db:connect",
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:GetBucketLocation",
    ),
    *(
        "s3:GetObject*",
        "s3:ListBucket*",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
        "secretsmanager:DescribeSecret",
    ),
    "secretsmanager:GetSecretValue",
)
# Rights over other accounts, other people's rights, and the account itself: no deployment of a portal needs them.
_NEVER_TO_DEPLOY = ("account:*", "billing:*", "cloudtrail:*", "config:*", "guardduty:*", "identitystore:*")
_NEVER_TO_DEPLOY_EITHER = ("organizations:*", "securityhub:*", "sso:*", "sts:AssumeRole")


@dataclass(frozen=True, kw_only=True)
class PortalBoundaryArgs:
    """``policy`` is its name. ``plugin_actions`` are what plugins may be given, besides what a portal needs itself."""

    policy: str
    plugin_actions: Sequence[str] = ()


class PortalBoundary(pulumi.ComponentResource):
    """The boundary of every role that a portal's stack makes. A boundary gives no rights itself.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PortalBoundaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:identity:PortalBoundary", name, None, opts)
        actions = sorted({*_OF_A_PORTAL, *args.plugin_actions})
        # It limits actions. Which resources, the policy of each role says, so there is nothing to name here.
        statement = {"Sid": "Portals", "Effect": "Allow", "Action": actions, "Resource": "*"}
        policy = Policy(
            name,
            name=args.policy,
            path="/portal/",
            description="The most that a role of a portal may do",
            policy=json.dumps(document(statement)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})


@dataclass(frozen=True, kw_only=True)
class DeployBoundaryArgs:
    """``rights`` say whose it is. ``label`` is the name of the foundation.

    ``boundary`` is the ARN of what limits every role that the portal's stack makes. ``key_arn`` is the foundation's.
    """

    rights: DeployRights
    label: str
    boundary: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class DeployBoundary(pulumi.ComponentResource):
    """The boundary of the role that deploys one portal.

    It cannot delete data, unless it is that of stacks that come and go, and makes no role that could: roles are below
    its own path only, and limited. Its own role is not below that path. To delete the data of a portal that stays is an
    administrator's work.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: DeployBoundaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:identity:DeployBoundary", name, None, opts)
        policy = Policy(
            name,
            name=deploy_role_name(args.label, args.rights.portal),
            path=FOUNDATION_PATH,
            description=f"The most that whoever deploys {args.rights.portal} may do",
            policy=pulumi.Output.json_dumps(document(*_statements(args))),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})


def own_roles(rights: DeployRights) -> list[str]:
    """The ARNs of the roles and policies that a portal's stack may make."""
    path = portal_path(rights.stacks)
    return [iam_arn(rights.region, rights.account, f"{kind}{path}*") for kind in ("role", "policy")]


def own_databases(rights: DeployRights) -> list[str]:
    """The ARNs of the databases of stacks that come and go, and of their snapshots."""
    return [regional_arn("rds", rights.region, rights.account, f"{kind}:{rights.label}") for kind in ("db", "snapshot")]


def own_buckets(rights: DeployRights) -> str:
    """The ARN of the buckets of stacks that come and go, as a pattern."""
    return bucket_arn(rights.region, f"{rights.prefix}*")


def linked_roles(region: str, account: str) -> list[str]:
    """The ARNs of the roles that AWS makes for its own services when an account uses them for the first time."""
    services = ("elasticloadbalancing", "rds")
    return [iam_arn(region, account, f"role/aws-service-role/{one}.amazonaws.com/*") for one in services]


def _statements(args: DeployBoundaryArgs) -> list[dict[str, Any]]:
    rights = args.rights
    return [
        {
            # A boundary with denials alone would allow nothing. What the role does, its policy lists.
            "Sid": "AllowTheRest",
            "Effect": "Allow",
            "NotAction": [*_NEVER_TO_DEPLOY, *_NEVER_TO_DEPLOY_EITHER],
            "Resource": "*",
        },
        *_keep_data(rights),
        {
            "Sid": "OwnRolesOnly",
            "Effect": "Deny",
            "Action": "iam:*",
            "NotResource": [*own_roles(rights), *linked_roles(rights.region, rights.account)],
        },
        {
            "Sid": "OwnRolesAreLimited",
            "Effect": "Deny",
            "Action": ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            "Resource": "*",
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": args.boundary}},
        },
        {
            "Sid": "OwnRolesStayLimited",
            "Effect": "Deny",
            "Action": "iam:DeleteRolePermissionsBoundary",
            "Resource": "*",
        },
        {
            "Sid": "NotTheKeyOfTheFoundation",
            "Effect": "Deny",
            "Action": ["kms:CreateGrant", "kms:Delete*", "kms:Disable*", "kms:Put*", "kms:TagResource", "kms:Update*"],
            "Resource": args.key_arn,
        },
    ]


def _keep_data(rights: DeployRights) -> list[dict[str, Any]]:
    """What comes and goes is known by the name that it has, and a key by its tag."""
    data = [
        "rds:DeleteDBCluster",
        "rds:DeleteDBInstance",
        "rds:DeleteDBInstanceAutomatedBackup",
        "rds:DeleteDBSnapshot",
    ]
    keys = ["kms:DisableKey", "kms:ScheduleKeyDeletion"]
    if not rights.ephemeral:
        return [{"Sid": "KeepData", "Effect": "Deny", "Action": [*keys, *data, "s3:DeleteBucket*"], "Resource": "*"}]
    own = [*own_databases(rights), own_buckets(rights)]
    others = {"StringNotLike": {f"aws:ResourceTag/{STACK_TAG}": rights.stacks}}
    return [
        {"Sid": "KeepData", "Effect": "Deny", "Action": [*data, "s3:DeleteBucket*"], "NotResource": own},
        {"Sid": "KeepKeys", "Effect": "Deny", "Action": keys, "Resource": "*", "Condition": others},
    ]
