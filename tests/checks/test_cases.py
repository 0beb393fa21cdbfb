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
from tests.support.cases import OK, expectation, says, stack_of
from tests.support.checkouts import ROOT

CASES = sorted((ROOT / "tests" / "cases").glob("*/*.yaml"))


def check(checkout: Checkout, stack: str) -> None:
    """What `portal check` does, for a portal without its graph."""
    foundation = load_foundation(checkout, stack)
    if foundation is None:
        checked_plan(checkout, stack)
    else:
        raise_first(refusals(checkout, foundation))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_case(case: Path, checkout: Checkout) -> None:
    stack = stack_of(case)
    target = checkout.portal_file if case.parent.name == "portal" else checkout.stack_file(stack)
    shutil.copyfile(case, target)
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
