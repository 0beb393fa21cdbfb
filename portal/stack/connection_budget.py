"""How many database connections a portal may open, and what the database has to allow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from portal.stack.plugins import StackPlugin

# Backstage keeps a pool per plugin (backstage/backstage#30412); knex's own default is 10 each.
POOL_MAX = 5
# During a rollout one replica more runs than the stack asks for (maxSurge: 1).
SURGE = 1
# What the database keeps free for people and backups.
RESERVE = 0.2
ADMIN_CONNECTIONS = 5


@dataclass(frozen=True)
class ConnectionBudget:
    """Connections at worst, and the ``max_connections`` that leaves a fifth of them free."""

    pools: int
    pool_max: int
    worst: int
    max_connections: int


def connection_budget(plugins: Mapping[str, StackPlugin], replicas: int) -> ConnectionBudget:
    """The budget: (replicas, and one of a rollout) x plugins with tables x pool size, and some for admins."""
    pools = sum(len(plugin.record.databases) for plugin in plugins.values() if plugin.enabled)
    worst = (replicas + SURGE) * pools * POOL_MAX + ADMIN_CONNECTIONS
    return ConnectionBudget(pools, POOL_MAX, worst, math.ceil(worst / (1 - RESERVE)))
