"""The checks that every way to deploy runs first. Each is a function from a plan to the errors it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from portal.base.errors import InputError, raise_first
from portal.checks.accounts import check_accounts
from portal.checks.cluster import check_cluster
from portal.checks.config_schema import check_config_schema
from portal.checks.guards import check_guards
from portal.checks.references import check_references
from portal.checks.required_secrets import check_required_secrets
from portal.checks.sources import check_sources
from portal.checks.visibility import check_visibility
from portal.plan import Plan

Check = Callable[[Plan], Iterable[InputError]]

CHECKS: tuple[Check, ...] = (
    check_cluster,
    check_guards,
    check_accounts,
    check_sources,
    check_required_secrets,
    check_config_schema,
    check_references,
    check_visibility,
)


def findings(plan: Plan) -> list[InputError]:
    """Everything that is wrong with a plan."""
    return [error for check in CHECKS for error in check(plan)]


def check_plan(plan: Plan) -> None:
    """Refuse a plan that any check refuses."""
    raise_first(findings(plan))
