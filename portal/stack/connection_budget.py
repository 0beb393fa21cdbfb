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
# The most replicas that a stack's file may ask for. PostgreSQL reads its limit when it starts, so a limit that followed
# the number of replicas would restart the database, and take the portal away, in order to scale the portal up. What
# the limit costs is shared memory: 76 MiB from 150 to 1,800 connections (`postgres -C shared_memory_size`, 15.18).
MOST_REPLICAS = 20


def max_connections(pools: int) -> int:
    """What the database has to allow: all pools of the most replicas and some for admins, with a fifth left free."""
    return connections_for(pools, MOST_REPLICAS)


def connections_for(pools: int, replicas: int) -> int:
    """What so many replicas need, with the same share left free. For a database whose limit does not follow ours."""
    worst = (replicas + SURGE) * pools * POOL_MAX + ADMIN_CONNECTIONS
    return math.ceil(worst / (1 - RESERVE))
