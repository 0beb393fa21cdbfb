"""Keys, buckets and images that stay, that nobody outside reads, and that only their services write."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

from components.registry.ecr import ImageRepository, ImageRepositoryArgs
from components.storage.key import EncryptionKey, EncryptionKeyArgs
from components.storage.log_bucket import LogBucket, LogBucketArgs
from policies.rules import data_is_kept
from portal.aws.names import bucket_logs, load_balancer_logs
from portal.graph.model import Graph
from tests.components.aws import ACCOUNT, KEY, REGION, recorded_on_aws, statements, the

BUCKET = "arn:aws:s3:::access-logs"
KEEP = pytest.mark.parametrize("keep", [True, False])


def key(**given: Any) -> Graph:
    values: dict[str, Any] = {"alias": "acme", "description": "Test", "account": ACCOUNT, "region": REGION, **given}
    args = EncryptionKeyArgs(**values)
    return recorded_on_aws(lambda opts: EncryptionKey("key", args, opts))


def bucket(**given: Any) -> Graph:
    values: dict[str, Any] = {
        "bucket": "access-logs",
        "account": ACCOUNT,
        "region": REGION,
        "retention_days": 365,
        **given,
    }
    args = LogBucketArgs(**values)
    return recorded_on_aws(lambda opts: LogBucket("logs-bucket", args, opts))


def repository(**given: Any) -> Graph:
    values: dict[str, Any] = {"repository": "portal", "key_arn": KEY, **given}
    args = ImageRepositoryArgs(**values)
    return recorded_on_aws(lambda opts: ImageRepository("registry", args, opts))


@KEEP
@pytest.mark.parametrize("make", [key, bucket, repository])
def test_what_holds_data_outlives_a_destroy_unless_it_is_not_to(make: Any, keep: bool) -> None:
    assert bool(list(data_is_kept(make(keep=keep)))) is not keep


def test_what_is_not_kept_goes_with_what_is_in_it() -> None:
    assert the(bucket(keep=False), "Bucket").inputs["forceDestroy"] is True
    assert the(repository(keep=False), "Repository").inputs["forceDelete"] is True
    assert the(bucket(), "Bucket").inputs["forceDestroy"] is False


@KEEP
def test_a_log_bucket_that_a_destroy_leaves_stays_shut(keep: bool) -> None:
    parts = [one for one in bucket(keep=keep) if one.type.startswith("aws:s3/bucket")]
    assert len(parts) == 7
    assert {(one.protect, one.retain_on_delete) for one in parts} == {(keep, keep)}


def test_a_key_of_backups_that_stay_is_not_deleted_with_what_it_encrypted() -> None:
    left = the(key(keep=False, outlives=True), "Key")
    assert (left.protect, left.retain_on_delete) == (False, True)


def test_a_key_is_renewed_and_can_be_brought_back() -> None:
    inputs = the(key(), "Key").inputs
    assert (inputs["enableKeyRotation"], inputs["deletionWindowInDays"]) == (True, 30)
    assert the(key(), "Alias").inputs["name"] == "alias/acme"


def test_a_key_is_the_accounts_and_nobody_elses() -> None:
    (only,) = statements(the(key(), "Key").inputs["policy"]).values()
    assert only["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert "kms:*" not in only["Action"]
    # KMS refuses a policy that nobody could change again.
    assert any(fnmatchcase("kms:PutKeyPolicy", one) for one in only["Action"])


def test_logs_are_encrypted_for_their_own_groups_only() -> None:
    found = statements(the(key(log_groups=("/a", "/b")), "Key").inputs["policy"])["Logs"]
    assert found["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    groups = [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}" for name in ("/a", "/b")]
    assert found["Condition"] == {"StringEquals": {"kms:EncryptionContext:aws:logs:arn": groups}}


def test_nothing_in_the_log_bucket_is_public_or_has_another_owner() -> None:
    graph = bucket()
    shut = the(graph, "BucketPublicAccessBlock").inputs
    for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
        assert shut[name] is True
    assert the(graph, "BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_load_balancers_can_write_to_the_log_bucket() -> None:
    """They write to no bucket with a KMS key."""
    (rule,) = the(bucket(), "BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def writers(resource: str) -> list[str]:
    found = statements(the(bucket(), "BucketPolicy").inputs["policy"]).values()
    return [
        one["Principal"]["Service"]
        for one in found
        if one["Effect"] == "Allow" and one["Action"] == "s3:PutObject" and fnmatchcase(resource, one["Resource"])
    ]


def test_each_service_writes_to_its_own_part_of_the_log_bucket() -> None:
    balancer = f"{BUCKET}/{load_balancer_logs('prod')}/AWSLogs"
    assert writers(f"{balancer}/{ACCOUNT}/log.gz") == ["logdelivery.elasticloadbalancing.amazonaws.com"]
    assert writers(f"{balancer}/999999999999/log.gz") == []
    assert writers(f"{BUCKET}/{bucket_logs('prod')}log") == ["logging.s3.amazonaws.com"]
    assert writers(f"{BUCKET}/elsewhere") == []
    of_buckets = statements(the(bucket(), "BucketPolicy").inputs["policy"])["Buckets"]
    assert of_buckets["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_nothing_is_said_to_the_log_bucket_in_clear() -> None:
    deny = statements(the(bucket(), "BucketPolicy").inputs["policy"])["TlsOnly"]
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "s3:*")
    assert deny["Resource"] == [BUCKET, f"{BUCKET}/*"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_logs_end_and_so_do_their_versions_and_broken_uploads() -> None:
    graph = bucket()
    (rule,) = the(graph, "BucketLifecycleConfiguration").inputs["rules"]
    assert (rule["status"], rule["expiration"]) == ("Enabled", {"days": 365})
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert the(graph, "BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}


def test_a_tag_never_moves_and_images_are_scanned_and_encrypted() -> None:
    inputs = the(repository(), "Repository").inputs
    assert inputs["imageTagMutability"] == "IMMUTABLE"
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]


def test_no_image_with_a_tag_is_ever_deleted() -> None:
    policy = the(repository(), "LifecyclePolicy").inputs["policy"]
    assert '"tagStatus": "untagged"' in policy
    assert policy.count('"tagStatus"') == 1
