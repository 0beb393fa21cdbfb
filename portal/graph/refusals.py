"""What a deployment would refuse, although no check of the plan found it."""

from __future__ import annotations

from dataclasses import replace

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.graph.doors import require_shut
from portal.graph.program import record_plan
from portal.plan import Plan


def refusals(checkout: Checkout, plan: Plan) -> list[InputError]:
    """What the program itself refuses in a plan that the checks accept, and the doors that its graph would open."""
    try:
        require_shut(record_plan(checkout, replace(plan, checked=True)))
    except InputError as error:
        return [error, *error.others]
    return []
