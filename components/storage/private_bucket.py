"""What every bucket has: nobody outside gets in, and what is replaced can be brought back."""

from __future__ import annotations

import pulumi
from pulumi_aws.s3 import Bucket, BucketOwnershipControls, BucketPublicAccessBlock, BucketVersioning

# How long what was replaced, and what was never uploaded to its end, stays.
NONCURRENT_DAYS = 30
INCOMPLETE_DAYS = 7


def keep_private(
    name: str, bucket: Bucket, child: pulumi.ResourceOptions
) -> tuple[BucketPublicAccessBlock, BucketVersioning]:
    """Shut a bucket and keep versions. A policy has to wait for the first, a lifecycle for the second.

    Like every part of a bucket, these are kept as it is: one that a destroy leaves stays shut. Deliberately no
    encryption and no policy: those depend on who writes to the bucket.
    """
    BucketOwnershipControls(
        f"{name}-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
    )
    shut = BucketPublicAccessBlock(
        f"{name}-public-access",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    versioning = BucketVersioning(
        f"{name}-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child
    )
    return shut, versioning
