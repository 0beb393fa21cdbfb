"""Whether a graph may be deployed: its doors are shut, and it keeps the rules of ``policies/``.

The rules stand above ``portal``, and import it. So they are loaded by their name, like targets and verbs.
"""

from __future__ import annotations

from importlib import import_module

from portal.base.errors import SituationError, raise_first
from portal.graph.doors import require_shut
from portal.graph.model import Graph

_RULES = "policies.rules"


def require_accepted(graph: Graph) -> Graph:
    """The graph, if no rule refuses it. InputError with a sentence for each open door, or else each broken rule."""
    require_shut(graph)
    raise_first(
        SituationError(
            f"the stack {graph.stack} would break a rule: {sentence}", "docs/reference/policies.md lists the rules"
        )
        for sentence in import_module(_RULES).refused(graph)
    )
    return graph


def advice(graph: Graph) -> tuple[str, ...]:
    """What rules say about choices of the stack, such as to be in one zone only. It stops nothing."""
    return tuple(import_module(_RULES).advice(graph))
