"""What the owner of a stack should know, and may have meant. It stops nothing, so it is no check."""

from __future__ import annotations

from collections.abc import Iterator

from portal.checks.taken_away import losses
from portal.plan import Plan
from portal.stack.connection_budget import connections_for

# https://www.postgresql.org/docs/18/runtime-config-connection.html (max_connections)
_USUAL_CONNECTIONS = 100


def notices(plan: Plan) -> list[str]:
    """What appConfig takes away, and the connections that a database of others has to allow."""
    return [*losses(plan), *_connections(plan)]


def _connections(plan: Plan) -> Iterator[str]:
    """Only the limit of a database of our own follows from the stack. Backstage fails in odd places without enough."""
    replicas = plan.settings.most_replicas
    needed = connections_for(len(plan.resolved.backends), replicas)
    if plan.settings.database.limited_by_others and replicas > 1 and needed > _USUAL_CONNECTIONS:
        yield (
            f"{plan.where(('database',))}: the database has to allow {needed} connections for up to {replicas} pods,"
            f" and PostgreSQL allows {_USUAL_CONNECTIONS} unless somebody raised max_connections"
        )
