"""How many database connections a portal may open, and what the database has to allow."""

from __future__ import annotations

import math

# Backstage has a connection pool for each plugin (backstage/backstage#30412). The default of knex is 10 each.
POOL_MAX = 5
# During a rollout one more replica runs (maxSurge: 1).
SURGE = 1
# The share of connections that stays free for people and backups.
RESERVE = 0.2
ADMIN_CONNECTIONS = 5


def max_connections(pools: int, replicas: int) -> int:
    """What the database has to allow: all pools of all replicas and some for admins, with a fifth left free."""
    worst = (replicas + SURGE) * pools * POOL_MAX + ADMIN_CONNECTIONS
    return math.ceil(worst / (1 - RESERVE))
