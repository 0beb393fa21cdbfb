"""Who talked to whom in a VPC."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws.cloudwatch import LogGroup
from pulumi_aws.ec2 import FlowLog
from pulumi_aws.iam import Role, RolePolicy

from components.identity.policy import document
from portal.aws.arn import regional_arn
from portal.aws.names import FOUNDATION_PATH, flow_log_group


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """``key_arn`` encrypts the logs. Its policy has to let CloudWatch Logs use it for this group."""

    label: str
    account: str
    region: str
    vpc_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    retention_days: int


class FlowLogs(pulumi.ComponentResource):
    """All connections of a VPC, accepted and rejected, in CloudWatch. The role may write to this log group only."""

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:network:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = LogGroup(
            f"{name}-group",
            name=flow_log_group(args.label),
            kms_key_id=args.key_arn,
            retention_in_days=args.retention_days,
            opts=child,
        )
        role = Role(
            f"{name}-role",
            name=f"{args.label}-flow-log",
            path=FOUNDATION_PATH,
            assume_role_policy=_trust(args),
            opts=child,
        )
        rights = RolePolicy(f"{name}-rights", name="write", role=role.name, policy=_rights(args), opts=child)
        FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags={"Name": f"{args.label}-flow-log"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[rights]),
        )
        self.register_outputs({})


def _trust(args: FlowLogsArgs) -> str:
    """Flow logs of this account and region alone: another account's cannot use the role through the service."""
    source = regional_arn("ec2", args.region, args.account, "vpc-flow-log/*")
    return json.dumps(
        document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": args.account},
                    "ArnLike": {"aws:SourceArn": source},
                },
            }
        )
    )


def _rights(args: FlowLogsArgs) -> str:
    """What https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html lists, without making groups."""
    group = regional_arn("logs", args.region, args.account, f"log-group:{flow_log_group(args.label)}")
    every = regional_arn("logs", args.region, args.account, "log-group:*")
    return json.dumps(
        document(
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                "Resource": [group, f"{group}:*"],
            },
            {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": every},
        )
    )
