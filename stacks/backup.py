"""Build the backups that a stack chose, if it did."""

from __future__ import annotations

import pulumi

from components.backstage.backup import Backup
from components.backstage.backup_args import BackupArgs, BackupChoice, Kept
from components.backstage.backup_bucket import AccessKey, BackupBucket, Role
from components.backstage.backup_place import BackupPlace
from components.backstage.backup_volume import BackupVolume
from components.claim import Storage
from components.database.connection import DatabaseConnection
from components.network_rules import to_anywhere
from portal.base.canonical import content_hash
from portal.contract import BACKUP_COMPONENT, BACKUP_SECRET_KEY, COMPONENT_LABEL, INSTANCE_LABEL
from portal.models.backup import Backup as BackupSettings
from portal.models.backup import BackupBucket as BucketSettings
from portal.models.stack import StackSettings
from portal.stack.outbound import ports_of, services_of
from stacks.network import egress
from stacks.place import InNamespace
from stacks.scheduling import scheduling

# What is asked there has a host of its own for each region and bucket.
_AWS = "https://s3.amazonaws.com"


def backup_labels(stack: str) -> dict[str, str]:
    """The labels of the pods that back the database up, which it lets in."""
    return {INSTANCE_LABEL: stack, COMPONENT_LABEL: BACKUP_COMPONENT}


def build_backup(place: InNamespace, database: DatabaseConnection) -> list[pulumi.Resource]:
    """What a deployment has to wait for before it changes the database: nothing, or a backup."""
    plan = place.deployment.plan
    chosen = plan.settings.backup
    if chosen is None:
        return []
    where = _bucket(place, chosen.bucket) if chosen.bucket is not None else _volume(chosen, plan.settings)
    args = BackupArgs(
        namespace=place.namespace,
        metadata=place.metadata,
        labels=backup_labels(plan.stack),
        client_image=plan.database_image,
        image=plan.image,
        database=database,
        choice=BackupChoice(
            public_key=chosen.public_key,
            schedule=chosen.schedule,
            kept=Kept(
                daily=chosen.keep.daily,
                weekly=chosen.keep.weekly,
                releases=chosen.keep.releases,
                by_hand=chosen.keep.by_hand,
            ),
            place=where,
            work_size=chosen.storage,
        ),
        stack=plan.stack,
        release=plan.release.id,
        identity=(plan.settings.program or "", content_hash(plan.resolved.migrations.listed)),
        dns=place.dns,
        scheduling=scheduling(plan.settings),
    )
    return [Backup("backup", args, place.opts).before_release]


def _volume(chosen: BackupSettings, settings: StackSettings) -> BackupPlace:
    return BackupVolume(
        storage=Storage(size=chosen.storage, class_name=chosen.storage_class, keep=settings.database.rest_is_kept)
    )


def _bucket(place: InNamespace, chosen: BucketSettings) -> BackupPlace:
    """The rules of ``portal:egress`` hold for it too: a Service may listen on another port than its pods."""
    # Whoever has a role asks AWS for its credentials first.
    address = [chosen.endpoint or _AWS, *([_AWS] if chosen.role is not None else [])]
    ports = ports_of(address)
    return BackupBucket(
        bucket=chosen.name,
        prefix=chosen.prefix,
        region=chosen.region,
        endpoint=chosen.endpoint,
        authority=chosen.ca,
        sign_in=_sign_in(place, chosen),
        egress=[
            *([to_anywhere(*ports)] if ports else []),
            *egress(services_of(address), place.deployment.plan.settings),
        ],
    )


def _sign_in(place: InNamespace, chosen: BucketSettings) -> AccessKey | Role:
    """The settings have one of the two."""
    if chosen.access_key_id is not None:
        return AccessKey(id=chosen.access_key_id, secret=place.deployment.secrets[BACKUP_SECRET_KEY])
    return Role(arn=chosen.role or "")
