"""What the deployment of one portal may read in Secrets Manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.iam import Policy, RolePolicyAttachment

from components.identity.policy import compact
from components.identity.statement import Statement, allow
from portal.aws.arn import regional_arn
from portal.aws.endpoints import service_host
from portal.aws.names import FOUNDATION_PATH

# AWS ends the ARN of a secret with a dash and six characters, which nobody knows before the secret exists.
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
_END = "-??????"


@dataclass(frozen=True, kw_only=True)
class NamedSecretsArgs:
    """``policy`` is the name of the policy. ``roles`` are the names of the roles that get it, by those of attachments.

    ``secrets`` are names. ``key`` is the ARN of the key that encrypts them; None for AWS's own, which needs no right.
    """

    policy: str
    roles: Mapping[str, pulumi.Input[str]]
    account: str
    region: str
    secrets: Sequence[str]
    key: str | None = None


class NamedSecrets(pulumi.ComponentResource):
    """The right to read exactly these secrets, for roles that exist.

    Deliberately a policy beside the role's own: all policies inside of a role have room for 10,240 characters together,
    and its own takes most of them (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
    """

    def __init__(self, name: str, args: NamedSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:identity:NamedSecrets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        policy = Policy(
            name,
            name=args.policy,
            path=FOUNDATION_PATH,
            description="Secrets that a deployment reads",
            policy=compact(*_statements(args)),
            opts=child,
        )
        for attachment, role in args.roles.items():
            RolePolicyAttachment(attachment, role=role, policy_arn=policy.arn, opts=child)
        self.register_outputs({})


def _statements(args: NamedSecretsArgs) -> list[Statement]:
    here = (args.region, args.account)
    arns = [regional_arn("secretsmanager", *here, f"secret:{one}{_END}") for one in sorted(set(args.secrets))]
    statements = [allow("NamedSecrets", ["secretsmanager:GetSecretValue"], arns)]
    if args.key is not None:
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
        through = {"StringEquals": {"kms:ViaService": service_host("secretsmanager", args.region)}}
        statements.append(allow("KeyOfNamedSecrets", ["kms:Decrypt"], args.key, through))
    return statements
