"""Names of AWS resources (ARNs), built from what a stack file says.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

# The beginnings of regions outside the partition `aws`.
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}


def partition(region: str) -> str:
    """The partition that a region is in."""
    return next((found for prefix, found in _PARTITIONS.items() if region.startswith(prefix)), "aws")


def regional_arn(service: str, region: str, account: str, resource: str) -> str:
    """The ARN of a resource in a region, such as ``arn:aws:eks:eu-central-1:111122223333:cluster/acme``."""
    return f"arn:{partition(region)}:{service}:{region}:{account}:{resource}"


def iam_arn(region: str, account: str, resource: str) -> str:
    """The ARN of a resource of IAM, which has no region. ``region`` only says the partition."""
    return f"arn:{partition(region)}:iam::{account}:{resource}"


def bucket_arn(region: str, bucket: str) -> str:
    """The ARN of a bucket. Its name is unique in the partition, so the ARN has neither region nor account."""
    return f"arn:{partition(region)}:s3:::{bucket}"


def managed_policy_arn(region: str, name: str) -> str:
    """The ARN of a policy that AWS maintains."""
    return f"arn:{partition(region)}:iam::aws:policy/{name}"
