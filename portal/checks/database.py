"""The database fits the region and the number of replicas."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.models.database.engine import Fault
from portal.plan import Plan
from portal.stack.connection_budget import connections_for


def check_database(plan: Plan) -> Iterator[InputError]:
    """Each engine checks its settings itself."""
    settings = plan.settings
    region = settings.aws.region if settings.aws is not None else None
    connections = connections_for(len(plan.resolved.backends), settings.most_replicas)
    for fault in settings.database.faults(region, connections):
        yield finding_of(fault, plan)


def finding_of(fault: Fault, plan: Plan) -> InputError:
    """What does not fit, as the sentence about a key of the stack's file."""
    return InputError(
        where=plan.where(("database", fault.key)),
        key=f"portal:database.{fault.key}",
        got=fault.got,
        allowed=fault.allowed,
        fix=fault.fix,
    )
