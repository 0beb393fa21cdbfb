"""The arguments of a database on RDS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

# The master user, whose password nobody reads but the Job that makes the portal's role. Names like `postgres` and
# `admin` are tried first by whoever tries names (AWS Security Hub, RDS.25).
MASTER_USER = "portal_master"


@dataclass(frozen=True, kw_only=True)
class RdsPlace:
    """Where an instance is: plain ids of what exists.

    Only members of ``clients``, the cluster's security group, may connect. ``cidrs`` are the networks of ``subnets``.
    ``path`` and ``boundary`` are those of the role that the instance reports its load with.
    """

    account: str
    region: str
    vpc: str
    subnets: Sequence[str]
    cidrs: Sequence[str]
    clients: str
    path: str
    boundary: str | None


@dataclass(frozen=True, kw_only=True)
class RdsShape:
    """How large an instance is. Its storage, in GiB, grows by itself up to ``most_storage``."""

    instance_class: str
    storage: int
    most_storage: int
    max_connections: int
    multi_az: bool


@dataclass(frozen=True, kw_only=True)
class RdsCare:
    """How an instance is looked after. Windows are in UTC, as AWS writes them.

    ``snapshot`` ends the name of the snapshot that is left if it is deleted; None leaves none, and no backups.
    ``log_days`` is how long its logs stay. ``keep``: a destroy leaves it.
    """

    backup_days: int
    backup_window: str
    maintenance_window: str
    apply_immediately: bool
    snapshot: str | None
    log_days: int
    keep: bool


@dataclass(frozen=True, kw_only=True)
class RdsMoment:
    """What an instance had at a moment (RFC 3339, UTC; None for the latest).

    It is found by its ``name``, or by its ``resource_id`` if it was deleted and its backups stayed.
    """

    at: str | None
    name: str | None = None
    resource_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class RdsSnapshot:
    """What is in a snapshot, by its name or ARN."""

    snapshot: str


@dataclass(frozen=True, kw_only=True)
class RdsDatabaseArgs:
    """The arguments of the component.

    ``identifier`` is the instance's name, and is in those of its logs and its last snapshot. ``version`` is a major one
    of PostgreSQL. ``key`` (ARN) encrypts everything. ``authority`` (PEM) are those of RDS in the region. ``source`` is
    what it is made from: a database of this component, with the same master user; None makes an empty one.
    """

    identifier: str
    version: str
    database: str
    user: str
    key: pulumi.Input[str]
    authority: str
    place: RdsPlace
    shape: RdsShape
    care: RdsCare
    source: RdsMoment | RdsSnapshot | None = None
