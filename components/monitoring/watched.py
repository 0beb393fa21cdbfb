"""What alarms and a dashboard look at."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class WatchedLoadBalancer:
    """A load balancer by its ``suffix``, the end of its ARN, with its targets and its certificate."""

    suffix: pulumi.Input[str]
    targets_suffix: pulumi.Input[str]
    certificate: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class WatchedDatabase:
    """A database instance by its identifier, with what it has: connections at most, and storage at most in GiB."""

    identifier: pulumi.Input[str]
    max_connections: int
    storage_gib: int
