"""ARNs have the partition of their region."""

from __future__ import annotations

import pytest

from portal.aws.arn import bucket_arn, iam_arn, managed_policy_arn, partition, regional_arn


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-central-1", "aws"),
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_each_region_is_in_its_partition(region: str, expected: str) -> None:
    assert partition(region) == expected
    every = [
        regional_arn("eks", region, "1", "cluster/acme"),
        iam_arn(region, "1", "root"),
        bucket_arn(region, "logs"),
        managed_policy_arn(region, "AmazonEKSClusterPolicy"),
    ]
    assert {arn.split(":")[1] for arn in every} == {expected}
    assert {len(arn.split(":")) for arn in every} == {6}
