"""Graphs of stacks, recorded from what their files say."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.base.checkout import Checkout
from portal.graph.model import Graph
from portal.graph.program import record_stack
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import read_stack_file
from tests.support.checkouts import copy_checkout, give_secrets, pretend_built


def graph_of(checkout: Checkout, stack: str, *, preview: bool = True) -> Graph:
    """What a stack registers; its secrets are stand-ins."""
    config, secret_keys = checked_configuration(checkout, read_stack_file(checkout, stack))
    return record_stack(checkout, stack, config, secret_keys, preview=preview)


@cache
def acme_graph(stack: str, *, preview: bool = True, built: bool = False) -> Graph:
    """What a stack of Acme's portal registers, for tests that only look at it.

    The stack has its secrets. For a deployment it has to be built.
    """
    with TemporaryDirectory() as folder:
        checkout = copy_checkout(Path(folder) / "checkout")
        give_secrets(checkout, stack)
        if built:
            pretend_built(checkout)
        return graph_of(checkout, stack, preview=preview)
