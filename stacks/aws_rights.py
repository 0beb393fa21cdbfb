"""What the pods of a portal may do in AWS, and who publishes what they show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount

from components.identity.policy import Statement
from components.identity.publisher_role import PublisherRole, PublisherRoleArgs
from components.network_rules import to_pod_identity
from components.storage.docs_bucket import DocsBucket, DocsBucketArgs
from portal.aws.github import provider_arn
from portal.aws.names import bucket_logs
from portal.contract import AWS_BUCKET, AWS_REGION, MIGRATION_ACCOUNT, SERVICE
from portal.models.aws.docs import Docs
from portal.plan import Plan
from stacks.aws_identity import pod_identity
from stacks.built_database import BuiltDatabase
from stacks.parts import Rights
from stacks.place import InAws, InNamespace


def build_rights(place: InNamespace, database: BuiltDatabase) -> Rights:
    """Build a role for the portal's pods and one for those that migrate the database, if they need any.

    Each has exactly what it needs: the database for both, and the bucket and what records of plugins ask for only for
    the portal's own.
    """
    in_aws = place.aws
    if in_aws is None:
        raise pulumi.RunError("portal:aws is missing. Write it, or let `portal foundation export` write it.")
    plan = place.deployment.plan
    environment: dict[str, pulumi.Input[str]] = {AWS_REGION: in_aws.chosen.region}
    exports: dict[str, pulumi.Input[str]] = {}
    statements = [*database.sign_in, *_of_plugins(plan, in_aws)]
    if plan.resolved.has_bucket:
        bucket = _bucket(plan.stack, in_aws)
        environment[AWS_BUCKET] = bucket.bucket
        statements += bucket.reader
        if plan.settings.docs is not None:
            publisher = _publisher(plan.settings.docs, bucket, in_aws)
            exports = {"docsBucket": bucket.bucket, "docsPublisher": publisher.arn}
    pods = pod_identity("portal", SERVICE, statements, place, in_aws)
    migrates = _migration_identity(database, place, in_aws)
    return Rights(
        before_start=pods,
        before_migration=migrates,
        migration_account=MIGRATION_ACCOUNT if migrates else None,
        environment=environment,
        egress=[to_pod_identity()] if pods else [],
        exports=exports,
    )


def _bucket(stack: str, in_aws: InAws) -> DocsBucket:
    args = DocsBucketArgs(
        key=in_aws.key, logs=in_aws.chosen.logs_bucket, logs_prefix=bucket_logs(stack), keep=in_aws.keep
    )
    return DocsBucket(in_aws.named("docs"), args, in_aws.opts)


def _publisher(docs: Docs, bucket: DocsBucket, in_aws: InAws) -> PublisherRole:
    """A role for pipelines: they write what the portal's pods only read."""
    args = PublisherRoleArgs(
        provider_arn=provider_arn(in_aws.chosen.region, in_aws.chosen.account),
        subjects=docs.subjects,
        path=in_aws.path,
        boundary=in_aws.chosen.boundary,
        statements=bucket.publisher,
    )
    return PublisherRole(in_aws.named("docs-publisher"), args, in_aws.opts)


def _of_plugins(plan: Plan, in_aws: InAws) -> Iterator[Statement]:
    """What the records of enabled plugins ask for, with the account and the region in it."""
    known = {"account": in_aws.chosen.account, "region": in_aws.chosen.region}
    for plugin in plan.plugins.values():
        for asked in plugin.record.aws if plugin.enabled else ():
            resources = [one.format_map(known) for one in asked.resources]
            yield Statement(sid=asked.sid, actions=asked.actions, resources=resources)


def _migration_identity(database: BuiltDatabase, place: InNamespace, in_aws: InAws) -> Sequence[pulumi.Resource]:
    """A role that opens the database and nothing else. Without one, no account is needed either."""
    if not database.sign_in or not place.deployment.plan.resolved.migrations.before_start:
        return ()
    account = ServiceAccount(
        "migration-account",
        metadata=place.metadata.of(MIGRATION_ACCOUNT, place.namespace),
        automount_service_account_token=False,
        opts=place.opts,
    )
    return [account, *pod_identity("migration", MIGRATION_ACCOUNT, database.sign_in, place, in_aws)]
