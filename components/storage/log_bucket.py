"""The bucket of access logs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.s3 import (
    Bucket,
    BucketLifecycleConfiguration,
    BucketPolicy,
    BucketServerSideEncryptionConfiguration,
)

from components.identity.policy import document
from components.storage.private_bucket import INCOMPLETE_DAYS, NONCURRENT_DAYS, keep_private
from portal.aws.arn import bucket_arn
from portal.aws.names import bucket_logs, load_balancer_logs


@dataclass(frozen=True, kw_only=True)
class LogBucketArgs:
    """``bucket`` is its name. ``keep``: a destroy leaves it with all logs."""

    bucket: str
    account: str
    region: str
    retention_days: int
    keep: bool = True


class LogBucket(pulumi.ComponentResource):
    """Stateful: access logs of load balancers and of buckets of this account.

    Encrypted with S3's own keys, as load balancers write to no bucket with a KMS key. Deliberately without access logs
    of its own: it would log its own logs.
    """

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:storage:LogBucket", name, None, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep)
        bucket = Bucket(
            name,
            bucket=args.bucket,
            force_destroy=not args.keep,
            opts=kept,
        )
        shut, versioning = keep_private(name, bucket, kept)
        BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=kept,
        )
        BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            rules=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": args.retention_days},
                    "noncurrent_version_expiration": {"noncurrent_days": NONCURRENT_DAYS},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": INCOMPLETE_DAYS},
                }
            ],
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[versioning])),
        )
        policy = BucketPolicy(
            f"{name}-policy",
            bucket=bucket.id,
            policy=_policy(args),
            # S3 refuses two changes of one bucket's access at the same time.
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[shut])),
        )
        # Whoever writes logs waits for the policy that lets it.
        self.bucket = pulumi.Output.all(bucket.bucket, policy.id).apply(lambda found: str(found[0]))
        self.register_outputs({"bucket": self.bucket})


def _policy(args: LogBucketArgs) -> str:
    arn = bucket_arn(args.region, args.bucket)
    statements: list[dict[str, Any]] = [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            # The path has the account. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
            "Sid": "LoadBalancers",
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{arn}/{load_balancer_logs('*')}/AWSLogs/{args.account}/*",
        },
        {
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
            "Sid": "Buckets",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{arn}/{bucket_logs('*')}*",
            "Condition": {"StringEquals": {"aws:SourceAccount": args.account}},
        },
    ]
    return json.dumps(document(*statements))
