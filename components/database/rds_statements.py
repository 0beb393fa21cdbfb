"""What an AWS role may do with a database on RDS."""

from __future__ import annotations

import pulumi

from components.identity.policy import Statement
from portal.aws.arn import regional_arn
from portal.aws.endpoints import service_host


def may_sign_in(region: str, account: str, resource_id: pulumi.Input[str], user: str) -> Statement:
    """Sign in to one database as one role of PostgreSQL, and as no other.

    Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
    """
    role = pulumi.Output.from_input(resource_id).apply(lambda found: f"dbuser:{found}/{user}")
    arn = role.apply(lambda resource: regional_arn("rds-db", region, account, resource))
    return Statement(sid="SignInToDatabase", actions=["rds-db:connect"], resources=[arn])


def may_read_secret(region: str, secret: pulumi.Input[str], key: pulumi.Input[str]) -> tuple[Statement, ...]:
    """Read one secret of Secrets Manager, and use its key for that secret only.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    """
    condition = {
        "StringEquals": {
            "kms:ViaService": service_host("secretsmanager", region),
            "kms:EncryptionContext:SecretARN": secret,
        }
    }
    return (
        Statement(sid="ReadMasterSecret", actions=["secretsmanager:GetSecretValue"], resources=[secret]),
        Statement(sid="DecryptMasterSecret", actions=["kms:Decrypt"], resources=[key], condition=condition),
    )
