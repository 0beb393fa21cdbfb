"""Who gets at what in AWS, asked of an emulator that enforces policies: MiniStack with AUTH=true.

Buckets, roles, boundaries and trust are the documents of the recorded graphs. Each answer is one that a change
of one document turns around. What MiniStack 1.5.33 does not do as AWS does, so that nothing here shows it:

- S3 does not ask KMS: an object of an encrypted bucket is read without kms:Decrypt. And MiniStack knows no
  kms:EncryptionContext: who encrypts with which is in tests/stacks/test_docs_publisher.py.
- A token of GitHub is believed without its signature, whoever made it.
- A role that a service of AWS takes is taken here by the account's root user, with the tags that the service gives.
- No service of AWS writes to a bucket: whether load balancers and buckets may write access logs is not asked.
- It speaks HTTP, and believes a header that a request came over TLS.
"""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from tests.hardening.aws_world import (
    DOCS,
    LOGS,
    OF_MAIN,
    OTHER_ACCOUNT,
    PODS,
    PUBLISHER,
    Request,
    World,
    changes_who_gets_in,
    deletes,
    deletes_a_version,
    lists,
    lists_buckets,
    lists_versions,
    make_world,
    pods_tags,
    reads,
    reads_in_clear,
    reads_logs,
    reads_logs_in_clear,
    uses_the_key,
    writes,
    writes_logs,
)
from tests.hardening.emulated_account import ACCOUNT
from tests.hardening.emulator import Emulator, allowed

# One worker of xdist runs all tests of the emulator.
pytestmark = pytest.mark.xdist_group("hardening-emulator")


@pytest.fixture(scope="module")
def world(aws: Emulator) -> World:
    return make_world(aws)


# Who does what, and whether that is allowed.
ACCESS: dict[tuple[str, Request], bool] = {
    ("pods", reads): True,
    ("pods", lists): True,
    ("pods", reads_in_clear): False,
    ("pods", writes): False,
    ("pods", deletes): False,
    ("pods", lists_versions): False,
    ("pods", lists_buckets): False,
    ("pods", reads_logs): False,
    ("pods", writes_logs): False,
    ("pods", uses_the_key): False,
    ("publisher", writes): True,
    ("publisher", deletes): True,
    ("publisher", reads): True,
    ("publisher", lists): True,
    ("publisher", reads_in_clear): False,
    ("publisher", deletes_a_version): False,
    ("publisher", lists_versions): False,
    ("publisher", changes_who_gets_in): False,
    ("publisher", reads_logs): False,
    ("publisher", writes_logs): False,
    ("administrator", reads): True,
    ("administrator", reads_in_clear): False,
    ("administrator", reads_logs): True,
    ("administrator", reads_logs_in_clear): False,
    ("stranger", reads): False,
    ("stranger", writes): False,
    ("stranger", lists): False,
    ("other account", reads): False,
    ("other account", writes): False,
    ("other account", reads_logs): False,
    ("other account", writes_logs): False,
}


def name_of(access: object) -> str | None:
    return access.__name__ if callable(access) else None


@pytest.mark.parametrize(("who", "request_", "expected"), [(*key, value) for key, value in ACCESS.items()], ids=name_of)
def test_access(world: World, who: str, request_: Request, expected: bool) -> None:
    assert allowed(lambda: request_(world.client(who), world)) is expected


Change = tuple[str, tuple[tuple[str, str], ...]]
PODS_RIGHTS, PUBLISHER_RIGHTS = f"RolePolicy {PODS}-rights", f"RolePolicy {PUBLISHER}-rights"
POLICY, LOGS_POLICY = "BucketPolicy portal-prod-docs-policy", "BucketPolicy logs-bucket-policy"
# The boundary of all roles admits no more than these do.
WIDER: Change = ("Policy boundary", (('"s3:PutObject"', '"s3:*", "kms:*"'),))
ANY_BUCKET = (('"arn:aws:s3:::known-bucket', '"arn:aws:s3:::*'),)


def lets_in(principal: str) -> tuple[tuple[str, str], ...]:
    """The statement that keeps out whoever comes without TLS becomes one that lets somebody in with it."""
    return (
        ('"Effect": "Deny"', '"Effect": "Allow"'),
        ('"Principal": "*"', f'"Principal": {{"AWS": "arn:aws:iam::{principal}"}}'),
        ('"aws:SecureTransport": "false"', '"aws:SecureTransport": "true"'),
    )


# One change, and the answers that it turns around.
CHANGES: list[tuple[list[Change], list[tuple[str, Request]]]] = [
    ([(PODS_RIGHTS, (('"s3:GetObject"', '"s3:PutObject"'),))], [("pods", reads), ("pods", writes)]),
    ([(PODS_RIGHTS, (('"s3:GetObject"', '"s3:DeleteObject"'),))], [("pods", deletes)]),
    (
        [(PODS_RIGHTS, (('"s3:ListBucket"', '"s3:ListBucketVersions"'),))],
        [("pods", lists), ("pods", lists_versions)],
    ),
    (
        [WIDER, (PODS_RIGHTS, (('"s3:ListBucket"', '"s3:ListAllMyBuckets"'), ('"arn:aws:s3:::known-bucket"', '"*"')))],
        [("pods", lists_buckets)],
    ),
    ([(PODS_RIGHTS, ANY_BUCKET)], [("pods", reads_logs)]),
    ([(PODS_RIGHTS, (*ANY_BUCKET, ('"s3:GetObject"', '"s3:PutObject"')))], [("pods", writes_logs)]),
    ([(PODS_RIGHTS, (('"kms:Decrypt"', '"kms:GenerateDataKey"'),))], [("pods", uses_the_key)]),
    (
        [(PUBLISHER_RIGHTS, (('"s3:PutObject"', '"s3:PutObjectAcl"'), ('"s3:DeleteObject"', '"s3:GetObjectAcl"')))],
        [("publisher", writes), ("publisher", deletes)],
    ),
    (
        [(PUBLISHER_RIGHTS, (('"s3:GetObject"', '"s3:GetObjectAcl"'), ('"s3:ListBucket"', '"s3:ListBucketVersions"')))],
        [("publisher", reads), ("publisher", lists), ("publisher", lists_versions)],
    ),
    (
        [WIDER, (PUBLISHER_RIGHTS, (('"s3:DeleteObject"', '"s3:DeleteObjectVersion"'),))],
        [("publisher", deletes_a_version)],
    ),
    (
        [WIDER, (PUBLISHER_RIGHTS, (('"s3:ListBucket"', '"s3:PutBucketPublicAccessBlock"'),))],
        [("publisher", changes_who_gets_in)],
    ),
    ([(PUBLISHER_RIGHTS, ANY_BUCKET)], [("publisher", reads_logs), ("publisher", writes_logs)]),
    (
        [(POLICY, (('"aws:SecureTransport": "false"', '"aws:SecureTransport": "maybe"'),))],
        [("pods", reads_in_clear), ("publisher", reads_in_clear), ("administrator", reads_in_clear)],
    ),
    (
        [(POLICY, (('"aws:SecureTransport": "false"', '"aws:SecureTransport": "true"'),))],
        [("administrator", reads), ("pods", reads), ("publisher", writes)],
    ),
    (
        [(LOGS_POLICY, (('"aws:SecureTransport": "false"', '"aws:SecureTransport": "maybe"'),))],
        [("administrator", reads_logs_in_clear)],
    ),
    (
        [(LOGS_POLICY, (('"aws:SecureTransport": "false"', '"aws:SecureTransport": "true"'),))],
        [("administrator", reads_logs)],
    ),
    (
        [(POLICY, lets_in(f"{ACCOUNT}:role/stranger"))],
        [("stranger", reads), ("stranger", writes), ("stranger", lists)],
    ),
    ([(POLICY, lets_in(f"{OTHER_ACCOUNT}:root"))], [("other account", reads), ("other account", writes)]),
    (
        [(LOGS_POLICY, lets_in(f"{OTHER_ACCOUNT}:root"))],
        [("other account", reads_logs), ("other account", writes_logs)],
    ),
]


@pytest.mark.parametrize(
    ("changes", "answers"), CHANGES, ids=lambda one: one[0][0] if isinstance(one[0][0], str) else ""
)
def test_a_change_of_one_document_turns_answers_around(
    world: World, changes: list[Change], answers: list[tuple[str, Request]]
) -> None:
    with ExitStack() as changed:
        for document, words in changes:
            changed.enter_context(world.account.changed(document, *words))
        found = {(who, one): allowed(lambda: one(world.client(who), world)) for who, one in answers}  # noqa: B023 - at once
    assert [one for one, answer in found.items() if answer is ACCESS[one]] == []


def test_every_answer_can_be_turned_around() -> None:
    assert {one for _, answers in CHANGES for one in answers} == ACCESS.keys()


def test_a_policy_that_lets_everybody_in_is_refused(world: World) -> None:
    """By the block of public access, whoever asks for it."""
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{DOCS}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})

    def puts(bucket: str) -> bool:
        return allowed(lambda: world.account.s3.put_bucket_policy(Bucket=bucket, Policy=policy.replace(DOCS, bucket)))

    assert not puts(DOCS)
    assert not puts(LOGS)
    world.account.s3.create_bucket(Bucket="open", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    world.account.s3.delete_public_access_block(Bucket="open")
    assert puts("open")


OTHERS = ["repo:acme/other:ref:refs/heads/main", "repo:acme/service:ref:refs/heads/x", "repo:acme/service:pull_request"]


@pytest.mark.parametrize("subject", OTHERS)
def test_only_the_pipelines_that_are_named_publish(world: World, subject: str) -> None:
    aws, role = world.account.emulator, world.account.role(PUBLISHER)
    assert not allowed(lambda: aws.github_job(role, subject))
    with world.account.changed(f"Role {PUBLISHER}", (OF_MAIN, subject)):
        assert allowed(lambda: aws.github_job(role, subject))
        assert not allowed(lambda: aws.github_job(role, OF_MAIN))


@pytest.mark.parametrize("tag", ["eks-cluster-arn", "kubernetes-namespace", "kubernetes-service-account"])
def test_only_the_portals_own_pods_have_its_role(world: World, tag: str) -> None:
    aws, role, tags = world.account.emulator, world.account.role(f"{PODS}-role"), pods_tags()
    others = {**tags, tag: "other"}
    assert not allowed(lambda: aws.session(role, others))
    with world.account.changed(f"Role {PODS}-role", (f'"{tags[tag]}"', '"other"')):
        assert allowed(lambda: aws.session(role, others))
