"""What the deployment of one portal needs of Pulumi's states in a bucket."""

from __future__ import annotations

from components.identity.statement import DeployRights, Statement, allow, prefixed
from portal.aws.arn import bucket_arn
from portal.aws.state import state_keys


def state_statements(rights: DeployRights) -> list[Statement]:
    """The stack's own state and its secrets.

    The bucket can be listed as a whole, which tells names of stacks and nothing in them. With a condition on the
    prefix, S3 answers 403 instead of 404 for a key that is not there, and Pulumi stops
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
    """
    statements: list[Statement] = []
    if rights.state_bucket is not None:
        bucket = bucket_arn(rights.region, rights.state_bucket)
        own = [f"{bucket}/{key}" for key in state_keys(rights.stacks)]
        statements.append(allow("StateBucket", ["s3:GetBucketLocation", "s3:ListBucket"], bucket))
        # Which layout the bucket has. Whoever deploys the foundation has written it.
        statements.append(allow("StateLayout", ["s3:GetObject"], f"{bucket}/.pulumi/meta.yaml"))
        statements.append(allow("States", prefixed("s3", "DeleteObject GetObject PutObject"), own))
    if rights.state_key is not None:
        statements.append(state_secrets(rights, "Decrypt Encrypt"))
    return statements


def state_secrets(rights: DeployRights, actions: str) -> Statement:
    """To use the key for the stack's secrets only: KMS decrypts with the context that was encrypted with alone.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
    """
    key = rights.state_key or ""
    return allow("StateSecrets", prefixed("kms", actions), key, rights.condition("kms:EncryptionContext:stack"))
