"""A key that encrypts data at rest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.kms import Alias, Key

from components.identity.policy import document
from portal.aws.arn import iam_arn, regional_arn

# Administration and use, as AWS lists both. The account's IAM policies say who has which part of it.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
_OF_THE_ACCOUNT = (
    *("kms:CancelKeyDeletion", "kms:Create*", "kms:Decrypt", "kms:Delete*", "kms:Describe*", "kms:Disable*"),
    *("kms:Enable*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:Get*", "kms:List*", "kms:Put*", "kms:ReEncrypt*"),
    *("kms:RetireGrant", "kms:Revoke*", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource"),
    *("kms:UntagResource", "kms:Update*"),
)
_LONGEST_WAIT_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """``alias`` without ``alias/``. ``log_groups`` are the names of groups that CloudWatch Logs encrypts with it.

    ``statements`` are further statements of its policy, such as for an alarm's topic. ``keep``: a destroy leaves it.
    ``outlives``: nothing protects it, but a destroy leaves it all the same, as backups that stay are encrypted with it.
    """

    alias: str
    description: str
    account: str
    region: str
    log_groups: Sequence[str] = ()
    statements: Sequence[Mapping[str, Any]] = ()
    keep: bool = True
    outlives: bool = False


class EncryptionKey(pulumi.ComponentResource):
    """Stateful: without the key, nothing that it encrypted can be read.

    AWS renews its material every year. When it is deleted, it can be brought back for 30 days.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:storage:EncryptionKey", name, None, opts)
        key = Key(
            name,
            description=args.description,
            enable_key_rotation=True,
            deletion_window_in_days=_LONGEST_WAIT_DAYS,
            policy=json.dumps(document(*_statements(args))),
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep or args.outlives),
        )
        Alias(
            f"{name}-alias",
            name=f"alias/{args.alias}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})


def _statements(args: EncryptionKeyArgs) -> list[Mapping[str, Any]]:
    """In the policy of a key, the resource ``*`` is this key, and nothing else."""
    statements: list[Mapping[str, Any]] = [
        {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": iam_arn(args.region, args.account, "root")},
            "Action": list(_OF_THE_ACCOUNT),
            "Resource": "*",
        }
    ]
    if args.log_groups:
        groups = [regional_arn("logs", args.region, args.account, f"log-group:{name}") for name in args.log_groups]
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        statements.append(
            {
                "Sid": "Logs",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{args.region}.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:EncryptionContext:aws:logs:arn": groups}},
            }
        )
    return [*statements, *args.statements]
