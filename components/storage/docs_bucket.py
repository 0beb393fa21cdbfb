"""The bucket for the pages of TechDocs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws.s3 import (
    Bucket,
    BucketLifecycleConfiguration,
    BucketLogging,
    BucketPolicy,
    BucketServerSideEncryptionConfiguration,
)

from components.identity.policy import Statement, policy
from components.storage.private_bucket import INCOMPLETE_DAYS, NONCURRENT_DAYS, keep_private

if TYPE_CHECKING:
    from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgsDict

# What `techdocs-cli publish` calls: @backstage/plugin-techdocs-node 2.0.0, stages/publish/awsS3. It asks whether the
# bucket is there and lists pages, both of which are s3:ListBucket; it puts new pages, large ones in parts; it deletes
# what is gone, of which versions stay; and with --skip-if-unchanged it reads what is there.
_PUBLISH = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject")
# Parts are decrypted when they are put together:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
_ENCRYPT = ("kms:Decrypt", "kms:GenerateDataKey")


@dataclass(frozen=True, kw_only=True)
class DocsBucketArgs:
    """``key`` encrypts the pages. ``logs`` is the bucket for access logs, below ``logs_prefix``; None writes none.

    ``keep``: a destroy leaves the bucket. Without it, the bucket goes with all that is in it.
    """

    key: pulumi.Input[str]
    logs: str | None
    logs_prefix: str
    keep: bool = True


class DocsBucket(pulumi.ComponentResource):
    """Stateful: a private bucket with versions, encrypted, and reached over TLS only.

    ``reader`` and ``publisher`` are the statements for whoever reads and whoever writes pages. Deliberately without
    replication: every page can be built again.
    """

    bucket: pulumi.Output[str]
    reader: tuple[Statement, ...]
    publisher: tuple[Statement, ...]

    def __init__(self, name: str, args: DocsBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:storage:DocsBucket", name, None, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep)
        # AWS deletes no bucket that has something in it.
        bucket = Bucket(f"{name}-bucket", force_destroy=not args.keep, opts=kept)
        shut, versioning = keep_private(name, bucket, kept)
        BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args.key,
                    },
                    # One request to the key for many objects.
                    "bucket_key_enabled": True,
                }
            ],
            opts=kept,
        )
        BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            rules=[_lifecycle()],
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[versioning])),
        )
        if args.logs is not None:
            BucketLogging(
                f"{name}-logs",
                bucket=bucket.id,
                target_bucket=args.logs,
                target_prefix=args.logs_prefix,
                opts=kept,
            )
        BucketPolicy(
            f"{name}-policy",
            bucket=bucket.id,
            policy=policy([only_over_tls(bucket.arn)]),
            # A policy that is made at the same time as the block may meet a conflict
            # (https://github.com/hashicorp/terraform-provider-aws/issues/7628).
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[shut])),
        )
        self.bucket = bucket.bucket
        objects = bucket.arn.apply(lambda arn: f"{arn}/*")
        self.reader = (
            Statement(sid="ListPages", actions=["s3:ListBucket"], resources=[bucket.arn]),
            Statement(sid="ReadPages", actions=["s3:GetObject"], resources=[objects]),
            Statement(sid="DecryptPages", actions=["kms:Decrypt"], resources=[args.key]),
        )
        self.publisher = (
            Statement(sid="ListPages", actions=["s3:ListBucket"], resources=[bucket.arn]),
            Statement(sid="PublishPages", actions=_PUBLISH, resources=[objects]),
            Statement(
                sid="EncryptPages",
                actions=_ENCRYPT,
                resources=[args.key],
                # The key encrypts more of the portal than these pages. With a bucket key, S3 names the bucket to it:
                # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
                condition={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": bucket.arn}},
            ),
        )
        self.register_outputs({"bucket": self.bucket})


def only_over_tls(bucket_arn: pulumi.Output[str]) -> Statement:
    """Nobody uses a bucket without TLS. Source: AWS Security Hub, S3.5."""
    return Statement(
        sid="OnlyOverTls",
        actions=["s3:*"],
        resources=[bucket_arn, bucket_arn.apply(lambda arn: f"{arn}/*")],
        principal="*",
        condition={"Bool": {"aws:SecureTransport": "false"}},
        allow=False,
    )


def _lifecycle() -> BucketLifecycleConfigurationRuleArgsDict:
    return {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {},
        "noncurrent_version_expiration": {"noncurrent_days": NONCURRENT_DAYS},
        "abort_incomplete_multipart_upload": {"days_after_initiation": INCOMPLETE_DAYS},
    }
