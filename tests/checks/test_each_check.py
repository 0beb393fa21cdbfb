"""Each check is needed: a file that it alone refuses is accepted without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import portal.checks
from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.checks import CHECKS, checked_plan, findings
from portal.command.json_answers import finding
from portal.models.promotion import RolledBack
from portal.plan import Plan, load_plan
from portal.plugins.record import SourceNeed
from tests.checks.test_cases import CASES, put_in_place
from tests.support.cases import OK, check_of, expectation, stack_of

DECIDED = {case: name for case in CASES if (name := check_of(case)) is not None}
REFUSED = [case for case in DECIDED if expectation(case) != OK]
IDS = {check.id for check in CHECKS}


def without_migrations(plan: Plan) -> Plan:
    return replace(plan, loaded=replace(plan.loaded, migrations=None))


def rolled_back(plan: Plan) -> Plan:
    settings = plan.settings.model_copy(update={"rolled_back": {plan.release.id: RolledBack()}})
    return replace(plan, resolved=replace(plan.resolved, settings=settings))


def with_techdocs(plan: Plan, **changes: object) -> Plan:
    """The plan with another record of TechDocs."""
    one = plan.plugins["techdocs"]
    plugins = {**plan.plugins, "techdocs": replace(one, record=one.record.model_copy(update=changes))}
    return replace(plan, resolved=replace(plan.resolved, plugins=plugins))


def in_conflict(plan: Plan) -> Plan:
    return with_techdocs(plan, conflicts=("kubernetes",))


def without_its_source(plan: Plan) -> Plan:
    return with_techdocs(plan, sources={"gitlab": SourceNeed()})


# What no file of a portal or of a stack can show alone.
PLANS: dict[str, Callable[[Plan], Plan]] = {
    "migrations": without_migrations,
    "rolled-back": rolled_back,
    "conflicts": in_conflict,
    "plugin-sources": without_its_source,
}


# A release that somebody signed: tests/command/test_signed_by.py.
ACCEPTED_ELSEWHERE = {"signed"}


def switch_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal.checks, "CHECKS", tuple(check for check in CHECKS if check.id != name))


def test_each_check_has_an_id_and_says_what_it_holds() -> None:
    assert len(IDS) == len(CHECKS)
    assert [check.id for check in CHECKS if not check.holds or not check.reason] == []


def test_each_check_has_a_file_that_it_refuses_and_one_that_it_accepts() -> None:
    assert set(DECIDED.values()) <= IDS
    assert {DECIDED[case] for case in REFUSED} | set(PLANS) == IDS
    assert {name for case, name in DECIDED.items() if case not in REFUSED} | set(PLANS) | ACCEPTED_ELSEWHERE == IDS


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_a_file_passes_without_the_check_that_refuses_it(
    case: Path, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(case, checkout)
    with pytest.raises(InputError) as caught:
        checked_plan(checkout, stack_of(case))
    assert {finding(one).check for one in (caught.value, *caught.value.others)} == {DECIDED[case]}
    switch_off(DECIDED[case], monkeypatch)
    checked_plan(checkout, stack_of(case))


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_passes_without_the_check_that_refuses_it(
    name: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = load_plan(checkout, "local")
    assert findings(plan) == []
    refused = PLANS[name](plan)
    assert {one.check for one in findings(refused)} == {name}
    switch_off(name, monkeypatch)
    assert findings(refused) == []
