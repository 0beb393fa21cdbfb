"""What a deployment would refuse, although no check of the plan found it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.foundation import FoundationPlan
from portal.graph.accepted import advice, require_accepted
from portal.graph.program import record_plan
from portal.plan import Plan


@dataclass(frozen=True)
class Judgment:
    """What refuses a graph and, if nothing does, what its stack's owner should know and may have meant."""

    refusals: tuple[InputError, ...] = ()
    advice: tuple[str, ...] = ()


def judged(checkout: Checkout, plan: Plan | FoundationPlan) -> Judgment:
    """What the program itself refuses in a plan that the checks accept, and the doors and rules of its graph."""
    accepted = replace(plan, checked=True) if isinstance(plan, Plan) else plan
    try:
        graph = require_accepted(record_plan(checkout, accepted))
    except InputError as error:
        return Judgment(refusals=(error, *error.others))
    return Judgment(advice=advice(graph))


def refusals(checkout: Checkout, plan: Plan | FoundationPlan) -> list[InputError]:
    """What refuses the graph of a plan that the checks accept."""
    return list(judged(checkout, plan).refusals)
