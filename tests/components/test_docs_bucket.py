"""The bucket of TechDocs: private, kept, encrypted, and read by the portal alone."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import pytest

from components.identity.pod_identity import PodIdentity, PodIdentityArgs
from components.storage.docs_bucket import DocsBucket, DocsBucketArgs
from portal.graph.model import Graph
from tests.components.aws import BOUNDARY, CLUSTER_ARN, KEY, document, of_type, recorded_in_aws, the
from tests.support.iam_rights import allows

ARN = "arn:aws:s3:::known-bucket"


def graph_of(*, keep: bool = True) -> Graph:
    def make(opts: pulumi.ResourceOptions) -> None:
        bucket = DocsBucket("docs", DocsBucketArgs(key=KEY, logs="acme-logs", logs_prefix="docs/", keep=keep), opts)
        for name, statements in (("reader", bucket.reader), ("publisher", bucket.publisher)):
            args = PodIdentityArgs(
                cluster="acme",
                cluster_arn=CLUSTER_ARN,
                namespace="portal",
                account=name,
                path="/portal/prod/",
                boundary=BOUNDARY,
                statements=statements,
            )
            PodIdentity(name, args, opts)

    return recorded_in_aws(make, preview=False)


@pytest.mark.parametrize("keep", [True, False])
def test_pages_are_kept_if_the_stack_keeps_its_data(keep: bool) -> None:
    graph = graph_of(keep=keep)
    bucket = the(graph, "Bucket")
    assert (bucket.protect, bucket.retain_on_delete) == (keep, keep)
    # AWS deletes no bucket that has something in it.
    assert bucket.inputs["forceDestroy"] is not keep


@pytest.mark.parametrize("keep", [True, False])
def test_a_bucket_that_a_destroy_leaves_stays_shut_and_encrypted(keep: bool) -> None:
    """`portal down` deletes everything that is not protected: such as the policy that asks for TLS."""
    parts = [one for one in graph_of(keep=keep) if one.type.startswith("aws:s3/bucket")]
    assert len(parts) == 8
    assert {(one.protect, one.retain_on_delete) for one in parts} == {(keep, keep)}


def test_nobody_outside_gets_in_and_nobody_without_tls() -> None:
    graph = graph_of()
    blocked = the(graph, "BucketPublicAccessBlock").inputs
    assert {
        blocked[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    } == {True}
    (denied,) = document(the(graph, "BucketPolicy").inputs["policy"])
    assert (denied["Effect"], denied["Principal"], denied["Resource"]) == ("Deny", "*", [ARN, f"{ARN}/*"])
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (rule,) = the(graph, "BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"kmsMasterKeyId": KEY, "sseAlgorithm": "aws:kms"}


def test_the_portal_reads_and_only_a_publisher_writes() -> None:
    actions = {
        one.name: {action for statement in document(one.inputs["policy"]) for action in statement["Action"]}
        for one in of_type(graph_of(), "RolePolicy")
    }
    assert actions["reader-rights"] == {"s3:ListBucket", "s3:GetObject", "kms:Decrypt"}
    assert actions["publisher-rights"] - actions["reader-rights"] == {
        "s3:AbortMultipartUpload",
        "s3:PutObject",
        "s3:DeleteObject",
        "kms:GenerateDataKey",
    }


def rights_of_a_publisher() -> list[dict[str, Any]]:
    return document(the(graph_of(), "RolePolicy", "publisher-rights").inputs["policy"])


# What @backstage/plugin-techdocs-node 2.0.0 calls, and what that is asked for
# (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html).
CALLS = {
    "HeadBucket": ("s3:ListBucket", ARN),
    "ListObjectsV2": ("s3:ListBucket", ARN),
    "GetObject": ("s3:GetObject", f"{ARN}/default/component/service/techdocs_metadata.json"),
    "PutObject": ("s3:PutObject", f"{ARN}/default/component/service/index.html"),
    "AbortMultipartUpload": ("s3:AbortMultipartUpload", f"{ARN}/default/component/service/film.mp4"),
    "DeleteObject": ("s3:DeleteObject", f"{ARN}/default/component/service/old/index.html"),
    "PutObject, encrypted": ("kms:GenerateDataKey", KEY),
    "UploadPart, encrypted": ("kms:Decrypt", KEY),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_publisher_may_do_what_techdocs_cli_does(call: str) -> None:
    action, resource = CALLS[call]
    assert allows(rights_of_a_publisher(), action, resource, {"kms:EncryptionContext:aws:s3:arn": ARN})


def test_a_publisher_may_do_nothing_else() -> None:
    granted = {
        (action, resource)
        for right in rights_of_a_publisher()
        for action in right["Action"]
        for resource in right["Resource"]
    }
    # A page stands for all of them.
    needed = {(action, re.sub("(?<=bucket/).*", "*", resource)) for action, resource in CALLS.values()}
    assert granted == needed


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:DeleteBucket", ARN),
        ("s3:PutBucketPolicy", ARN),
        ("s3:PutBucketVersioning", ARN),
        ("s3:PutLifecycleConfiguration", ARN),
        ("s3:DeleteObjectVersion", f"{ARN}/default/component/service/index.html"),
        ("s3:BypassGovernanceRetention", f"{ARN}/default/component/service/index.html"),
        ("s3:PutObjectAcl", f"{ARN}/default/component/service/index.html"),
        ("s3:PutObject", "arn:aws:s3:::known-bucket-of-others/index.html"),
        ("s3:ListAllMyBuckets", "*"),
        ("kms:PutKeyPolicy", KEY),
        ("kms:ScheduleKeyDeletion", KEY),
    ],
)
def test_a_publisher_cannot_delete_for_good_or_let_others_in(action: str, resource: str) -> None:
    assert not allows(rights_of_a_publisher(), action, resource, {"kms:EncryptionContext:aws:s3:arn": ARN})


@pytest.mark.parametrize("context", [{}, {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::another-bucket"}])
def test_a_publisher_uses_the_portals_key_for_this_bucket_only(context: dict[str, str]) -> None:
    """The same key encrypts the database, whose snapshots it could otherwise open."""
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert not allows(rights_of_a_publisher(), action, KEY, context)
