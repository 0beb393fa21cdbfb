"""What differs between targets: the functions that build the parts of a portal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

from stacks.built_database import BuiltDatabase
from stacks.place import InAws, InNamespace

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What pods may do outside of the cluster, and what they know of it.

    Backstage's pods start after ``before_start``, and those that migrate the database after ``before_migration``. They
    have the service account ``migration_account``; None is the namespace's default. ``environment`` are variables of
    Backstage's pods, and ``egress`` is where their credentials come from. ``exports`` are outputs of the stack, for
    others who have rights of their own.
    """

    before_start: Sequence[pulumi.Resource] = ()
    before_migration: Sequence[pulumi.Resource] = ()
    migration_account: str | None = None
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    egress: Sequence[NetworkPolicyEgressRuleArgsDict] = ()
    exports: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is in front of a portal, before its pods are there.

    ``environment`` is what Backstage's pods know of it. ``lead_to`` sends requests to their Service, by its name.
    ``exports`` are outputs of the stack, for whoever sends requests there.
    """

    lead_to: Callable[[pulumi.Output[str]], None]
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    exports: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


def no_rights(_place: InNamespace, _database: BuiltDatabase) -> Rights:
    """None: the portal has nothing outside of its cluster."""
    return Rights()


@dataclass(frozen=True)
class Parts:
    """One function for each part. ``dns`` are networks of a DNS that no pod serves. ``aws`` is where the portal is."""

    database: Callable[[InNamespace], BuiltDatabase]
    entry: Callable[[InNamespace, BuiltDatabase], Entry]
    rights: Callable[[InNamespace, BuiltDatabase], Rights] = no_rights
    dns: Sequence[str] = ()
    aws: InAws | None = None
