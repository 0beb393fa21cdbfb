"""The settings fit the stack's target."""

from __future__ import annotations

from collections.abc import Iterable

from portal.base.errors import InputError
from portal.plan import Plan


def check_target(plan: Plan) -> Iterable[InputError]:
    """Each target checks the settings itself."""
    return plan.target.check(plan.stack, plan.settings, plan.where)
