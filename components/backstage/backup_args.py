"""The arguments of the component that makes backups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.backstage.backup_place import BackupPlace
from components.database.connection import DatabaseConnection
from components.metadata import CommonMetadata
from components.pods import ANYWHERE, Scheduling


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How many backups stay: the newest of so many days and weeks, and the newest made before a release and by hand."""

    daily: int
    weekly: int
    releases: int
    by_hand: int


@dataclass(frozen=True, kw_only=True)
class BackupChoice:
    """When backups are made, and where they stay. ``public_key`` is one of age, ``schedule`` a cron line in UTC.

    ``work_size`` is how much of its node's disk a pod may use for one dump.
    """

    public_key: str
    schedule: str
    kept: Kept
    place: BackupPlace
    work_size: str


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """The arguments of the component.

    ``labels`` are those of its pods, which the database lets in. ``client_image`` has PostgreSQL's clients, and
    ``image`` is the portal's. The Job before a release runs anew if ``identity`` changes: what the deployment migrates.
    ``dns`` are as in :func:`components.network_rules.to_dns`.
    """

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    labels: Mapping[str, str]
    client_image: str
    image: str
    database: DatabaseConnection
    choice: BackupChoice
    stack: str
    release: str
    identity: tuple[str, ...] = ()
    dns: Sequence[str] = ()
    scheduling: Scheduling = ANYWHERE
