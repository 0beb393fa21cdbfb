"""How many database connections a portal may open, and what the database has to allow."""

from __future__ import annotations

import math

# Backstage keeps a pool per plugin (backstage/backstage#30412); knex's own default is 10 each.
POOL_MAX = 5
# During a rollout one replica more runs than the stack asks for (maxSurge: 1).
SURGE = 1
# What the database keeps free for people and backups.
RESERVE = 0.2
ADMIN_CONNECTIONS = 5


def max_connections(pools: int, replicas: int) -> int:
    """What the database has to allow so that a fifth stays free: every pool of every replica, and some for admins."""
    worst = (replicas + SURGE) * pools * POOL_MAX + ADMIN_CONNECTIONS
    return math.ceil(worst / (1 - RESERVE))
