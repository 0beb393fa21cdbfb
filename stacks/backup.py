"""Build the backups that a stack chose, if it did."""

from __future__ import annotations

import pulumi

from components.backstage.backup import Backup, BackupArgs, BackupChoice, Kept
from components.claim import Storage
from components.database.connection import DatabaseConnection
from portal.base.canonical import content_hash
from portal.contract import BACKUP_COMPONENT, COMPONENT_LABEL, INSTANCE_LABEL
from stacks.place import InNamespace
from stacks.scheduling import scheduling


def backup_labels(stack: str) -> dict[str, str]:
    """The labels of the pods that back the database up, which it lets in."""
    return {INSTANCE_LABEL: stack, COMPONENT_LABEL: BACKUP_COMPONENT}


def build_backup(place: InNamespace, database: DatabaseConnection) -> list[pulumi.Resource]:
    """What a deployment has to wait for before it changes the database: nothing, or a backup."""
    plan = place.deployment.plan
    chosen = plan.settings.backup
    if chosen is None:
        return []
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
            kept=Kept(daily=chosen.keep.daily, weekly=chosen.keep.weekly, releases=chosen.keep.releases),
            storage=Storage(
                size=chosen.storage, class_name=chosen.storage_class, keep=plan.settings.database.data_is_kept
            ),
        ),
        stack=plan.stack,
        release=plan.release.id,
        identity=(plan.settings.program or "", content_hash(plan.resolved.migrations.listed)),
        scheduling=scheduling(plan.settings),
    )
    return [Backup("backup", args, place.opts).before_release]
