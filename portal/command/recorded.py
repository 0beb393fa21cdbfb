"""A stack's graph as a preview would see it."""

from __future__ import annotations

from portal.command.context import Context
from portal.graph.model import Graph
from portal.stackfile.generated import checked_configuration


def recorded(context: Context, stack: str) -> Graph:
    """The graph of a stack that every check accepts; no secret's value is read."""
    from portal.graph.recorder import record  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    context.checked_plan(stack)
    config, secret_keys = checked_configuration(context.checkout, context.stack_file(stack))
    return record(context.checkout.root, stack, config, secret_keys)
