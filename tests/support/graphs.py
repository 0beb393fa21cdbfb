"""Graphs of stacks, recorded from what their files say."""

from __future__ import annotations

from portal.base.checkout import Checkout
from portal.graph.model import Graph
from portal.graph.program import record_stack
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import read_stack_file


def graph_of(checkout: Checkout, stack: str, *, preview: bool = True) -> Graph:
    """What a stack registers; its secrets are stand-ins."""
    config, secret_keys = checked_configuration(checkout, read_stack_file(checkout, stack))
    return record_stack(checkout, stack, config, secret_keys, preview=preview)
