"""A stack's graph as a preview would see it."""

from __future__ import annotations

from portal.checks import drawable_plan
from portal.command.context import Context
from portal.foundation import load_foundation
from portal.graph.accepted import require_accepted
from portal.graph.model import Graph
from portal.stack.connections import secret_command


def recorded(context: Context, stack: str) -> Graph:
    """The graph of a stack that the checks accept; no secret's value is read.

    Secrets that nobody has given yet do not matter for a drawing: placeholder values take their places, and are named.
    """
    from portal.graph.program import record_plan  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    foundation = load_foundation(context.checkout, stack)
    if foundation is not None:
        return require_accepted(record_plan(context.checkout, foundation))
    plan = drawable_plan(context.checkout, stack)
    for need in plan.stand_ins:
        how = f"`portal secrets init --stack {stack}`" if need.generated else secret_command(need.name, stack)
        context.progress.note(f"{need.name} is missing, so a placeholder value is drawn for it. Store it with {how}.")
    return require_accepted(record_plan(context.checkout, plan))
