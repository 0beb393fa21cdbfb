"""The checks that run before every deployment. docs/reference/checks.md lists them."""

from __future__ import annotations

from dataclasses import replace

from portal.base.checkout import Checkout
from portal.base.errors import InputError, raise_first
from portal.checks.accounts import check_accounts
from portal.checks.backup_bucket import check_backup_bucket
from portal.checks.catalog_locations import check_catalog_locations
from portal.checks.catalog_rules import check_catalog_rules
from portal.checks.check import Check
from portal.checks.cluster_rights import check_cluster_rights
from portal.checks.config_schema import check_config_schema
from portal.checks.conflicts import check_conflicts
from portal.checks.content import check_content
from portal.checks.credentials import check_credentials
from portal.checks.database import check_database
from portal.checks.docs_bucket import check_docs_bucket
from portal.checks.doors import check_doors
from portal.checks.idle_words import check_idle_words
from portal.checks.lifetime import check_lifetime
from portal.checks.migrations import check_migrations
from portal.checks.named_secrets import check_named_secrets
from portal.checks.own_backups import check_own_backups
from portal.checks.owned_keys import check_owned_keys
from portal.checks.people import check_people
from portal.checks.permissions import check_permissions
from portal.checks.pinned import check_pinned
from portal.checks.plugin_sources import check_plugin_sources
from portal.checks.references import check_references
from portal.checks.required_secrets import check_required_secrets
from portal.checks.resolvers import check_resolvers
from portal.checks.rolled_back import check_rolled_back
from portal.checks.signed import check_signed
from portal.checks.sources import check_sources
from portal.checks.start_rules import check_start_rules
from portal.checks.taken_away import check_taken_away
from portal.checks.target import check_target
from portal.checks.visibility import check_visibility
from portal.plan import Plan, load_plan

_FUNCTIONS = (
    check_target,
    check_pinned,
    check_signed,
    check_lifetime,
    check_migrations,
    check_database,
    check_rolled_back,
    check_doors,
    check_credentials,
    check_backup_bucket,
    check_docs_bucket,
    check_own_backups,
    check_owned_keys,
    check_taken_away,
    check_permissions,
    check_cluster_rights,
    check_accounts,
    check_resolvers,
    check_conflicts,
    check_sources,
    check_plugin_sources,
    check_required_secrets,
    check_named_secrets,
    check_config_schema,
    check_references,
    check_visibility,
    check_start_rules,
    check_idle_words,
    check_catalog_rules,
    check_catalog_locations,
    check_content,
    check_people,
)
CHECKS = tuple(map(Check, _FUNCTIONS))


def findings(plan: Plan) -> list[InputError]:
    """All errors in a plan."""
    return [error for check in CHECKS for error in check(plan)]


def findings_of_a_drawing(plan: Plan) -> list[InputError]:
    """All errors in a plan that is only drawn, where missing secrets and people do not matter."""
    drawn = plan.with_stand_ins()
    return [error for check in CHECKS if check.find is not check_people for error in check(drawn)]


def check_plan(plan: Plan) -> None:
    """Raise the errors of a plan. A plan that was accepted before is not checked again."""
    if not plan.checked:
        raise_first(findings(plan))


def checked_plan(checkout: Checkout, stack: str) -> Plan:
    """The plan of a stack, accepted by every check."""
    plan = load_plan(checkout, stack)
    check_plan(plan)
    return replace(plan, checked=True)


def drawable_plan(checkout: Checkout, stack: str) -> Plan:
    """The plan of a stack with placeholders for missing secrets, accepted by every check."""
    plan = load_plan(checkout, stack)
    raise_first(findings_of_a_drawing(plan))
    return replace(plan.with_stand_ins(), checked=True)
