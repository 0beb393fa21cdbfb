"""The bucket of TechDocs: private, kept, encrypted, and read by the portal alone."""

from __future__ import annotations

import pulumi
import pytest

from components.identity.pod_identity import PodIdentity, PodIdentityArgs
from components.storage.docs_bucket import DocsBucket, DocsBucketArgs
from portal.graph.model import Graph
from tests.components.aws import BOUNDARY, CLUSTER_ARN, KEY, document, of_type, recorded_in_aws, the

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
    bucket = the(graph_of(keep=keep), "Bucket")
    assert (bucket.protect, bucket.retain_on_delete) == (keep, keep)


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
        "s3:PutObject",
        "s3:DeleteObject",
        "kms:GenerateDataKey",
    }
