"""Buckets of S3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.aws.documents import Grant, grants_of, resource_policies
from policies.aws.resources import linked, of_type, require_in_part, value
from policies.control import Control, Rule
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN, Graph, Resource

_BUCKET = "s3/bucket:Bucket"
_POLICY = "s3/bucketPolicy:BucketPolicy"
_BLOCK = "s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_ENCRYPTION = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_LOGGERS = {"logging.s3.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"}


def _blocked(flags: tuple[str, ...], sentence: str) -> Rule:
    def check(graph: Graph) -> Iterator[str]:
        for bucket in of_type(graph, _BUCKET):
            blocks = linked(graph, bucket, "bucket", _BLOCK)
            if not any(all(value(block, flag) in (True, UNKNOWN) for flag in flags) for block in blocks):
                yield f"{bucket.name}: {sentence}"

    return check


def _grants(graph: Graph, bucket: Resource) -> tuple[Grant, ...] | None:
    """What the policies of a bucket say. None if one of them is unknown."""
    found: list[Grant] = []
    for policy in linked(graph, bucket, "bucket", _POLICY):
        text = policy.inputs.get("policy")
        if text == UNKNOWN:
            return None
        found += grants_of(str(text)) or ()
    return tuple(found)


def _refuses_plain_text(grant: Grant) -> bool:
    only_tls = grant.condition.get("Bool", {}).get("aws:SecureTransport") == ("false",)
    everybody = any("*" in named for named in grant.principals.values())
    objects = any(one.endswith("/*") for one in grant.resources)
    return not grant.allow and only_tls and everybody and "s3:*" in grant.actions and objects and not grant.all_but


def _tls(graph: Graph) -> Iterator[str]:
    for bucket in of_type(graph, _BUCKET):
        grants = _grants(graph, bucket)
        if grants is not None and not any(_refuses_plain_text(one) for one in grants):
            yield f"{bucket.name}: can be used without TLS, as no policy refuses it"


def _own_account(graph: Graph) -> Iterator[str]:
    for policy, text in resource_policies(graph, _POLICY):
        for grant in grants_of(text) or ():
            named = grant.principals.get("AWS", ())
            if grant.allow and any(not _is_of(graph, one) for one in named):
                yield f"{policy.name}: lets another account use the bucket"


def _is_of(graph: Graph, principal: str) -> bool:
    """Whether a principal is of an account that the graph deploys to."""
    accounts = [str(one.inputs.get("allowedAccountIds")) for one in graph if one.type == "pulumi:providers:aws"]
    account = principal.split(":")[4] if principal.count(":") >= 5 else principal
    return any(f'"{account}"' in one for one in accounts)


def _is_for_logs(graph: Graph, bucket: Resource) -> bool:
    """Whether AWS writes access logs to a bucket: then it has none itself, and no key of ours encrypts it.

    While a policy is unknown, a bucket that KMS encrypts is not one: load balancers cannot write there.
    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    grants = _grants(graph, bucket)
    if grants is None:
        return not any(_with_kms(value(one, "rules")) for one in linked(graph, bucket, "bucket", _ENCRYPTION))
    return any(one.allow and _LOGGERS & set(one.principals.get("Service", ())) for one in grants)


def _logged(graph: Graph) -> Iterator[str]:
    for bucket in of_type(graph, _BUCKET):
        if not linked(graph, bucket, "bucket", "s3/bucketLogging:BucketLogging") and not _is_for_logs(graph, bucket):
            yield f"{bucket.name}: nobody can see who used it, as it has no access log"


def _with_kms(rules: Any) -> bool:  # noqa: ANN401 - JSON in
    for rule in rules if is_list(rules) else ():
        default = rule.get("applyServerSideEncryptionByDefault") if is_mapping(rule) else rule
        if (default.get("sseAlgorithm") if is_mapping(default) else default) in ("aws:kms", "aws:kms:dsse", UNKNOWN):
            return True
    return False


def _encrypted(graph: Graph) -> Iterator[str]:
    for bucket in of_type(graph, _BUCKET):
        rules = [value(one, "rules") for one in linked(graph, bucket, "bucket", _ENCRYPTION)]
        if not any(one == UNKNOWN or _with_kms(one) for one in rules) and not _is_for_logs(graph, bucket):
            yield f"{bucket.name}: is not encrypted with a key of KMS"


def _has_enabled(rules: Any) -> bool:  # noqa: ANN401 - JSON in
    return is_list(rules) and any(
        (one.get("status") if is_mapping(one) else one) in ("Enabled", UNKNOWN) for one in rules
    )


CONTROLS = (
    Control(
        ids=("S3.2",),
        title="Nobody outside reads a bucket",
        check=_blocked(("ignorePublicAcls", "restrictPublicBuckets"), "may be read by everybody"),
    ),
    Control(
        ids=("S3.3",),
        title="Nobody outside writes to a bucket",
        check=_blocked(("blockPublicAcls", "restrictPublicBuckets"), "may be written to by everybody"),
    ),
    Control(
        ids=("S3.8", "CIS 3.1.4"),
        title="A bucket blocks all public access",
        check=_blocked(
            ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
            "does not block all public access",
        ),
    ),
    Control(ids=("S3.5", "CIS 3.1.1"), title="A bucket is used over TLS only", check=_tls),
    Control(ids=("S3.6",), title="No other account may use a bucket", check=_own_account),
    Control(ids=("S3.9",), title="The use of a bucket is logged", check=_logged, advisory=True),
    Control(
        ids=("S3.12",),
        title="Access lists of objects have no effect",
        check=require_in_part(
            _BUCKET,
            "s3/bucketOwnershipControls:BucketOwnershipControls",
            "bucket.rule.objectOwnership",
            lambda found: found == "BucketOwnerEnforced",
            "access lists of single objects may let others in",
        ),
    ),
    Control(
        ids=("S3.13",),
        title="Old versions in a bucket end",
        check=require_in_part(
            _BUCKET,
            "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            "bucket.rules",
            _has_enabled,
            "keeps everything for ever, as no lifecycle rule is enabled",
        ),
    ),
    Control(
        ids=("S3.14",),
        title="What is overwritten or deleted in a bucket can be brought back",
        check=require_in_part(
            _BUCKET,
            "s3/bucketVersioning:BucketVersioning",
            "bucket.versioningConfiguration.status",
            lambda found: found == "Enabled",
            "has no versions, so what is overwritten is gone",
        ),
    ),
    Control(ids=("S3.17",), title="A bucket is encrypted with a key of KMS", check=_encrypted),
)
