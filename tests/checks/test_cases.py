"""Bad input is one sentence and exit code 2; each case file says what has to happen (tests/cases/README.md)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError, raise_first
from portal.checks import checked_plan
from portal.foundation import load_foundation
from portal.graph.refusals import refusals
from tests.support.cases import OK, expectation, reports_of, says, stack_of
from tests.support.checkouts import ROOT

CASES = sorted((ROOT / "tests" / "cases").glob("*/*.yaml"))
# What the mistakes of others are worth: how many have to be refused, and how many of them somebody has reported.
REFUSED, REPORTED = 120, 60


def check(checkout: Checkout, stack: str) -> None:
    """What `portal check` does, for a portal without its graph."""
    foundation = load_foundation(checkout, stack)
    if foundation is None:
        checked_plan(checkout, stack)
    else:
        raise_first(refusals(checkout, foundation))


def put_in_place(case: Path, checkout: Checkout) -> None:
    """Write a case's file over the one that it stands for."""
    places = {
        "portal": checkout.portal_file,
        "stack": checkout.stack_file(stack_of(case)),
        "content": checkout.content / "catalog" / "all.yaml",
    }
    shutil.copyfile(case, places[case.parent.name])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_case(case: Path, checkout: Checkout) -> None:
    stack = stack_of(case)
    put_in_place(case, checkout)
    expected = expectation(case)
    if expected == OK:
        check(checkout, stack)
        return
    with pytest.raises(InputError) as caught:
        check(checkout, stack)
    assert any(says(sentence, expected) for sentence in caught.value.sentences), "\n".join(caught.value.sentences)
    for sentence in caught.value.sentences:
        assert "\n" not in sentence
        assert "hunter2" not in sentence


def test_the_mistakes_of_others_are_among_them() -> None:
    """Each report is an issue or a pull request with its repository, so that anybody can look it up."""
    refused = [case for case in CASES if expectation(case) != OK]
    assert len(refused) >= REFUSED
    assert len([case for case in refused if reports_of(case)]) >= REPORTED
