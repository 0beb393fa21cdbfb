"""A release that a stack runs, or can go back to, is never deleted."""

from __future__ import annotations

from portal.release.pruning import RETURNS, kept_because

HISTORY = [f"r-{number:012}" for number in range(20)]


def test_what_a_stack_points_to_is_kept_whatever_its_history_says() -> None:
    kept = kept_because(HISTORY, HISTORY, {"prod": HISTORY[19]}, {"prod": []})
    assert kept == {HISTORY[19]: "prod points to it"}


def test_the_last_ones_before_are_kept_each_counted_once() -> None:
    before = [HISTORY[0], HISTORY[1], HISTORY[0], *HISTORY[2:]]
    kept = kept_because(HISTORY, HISTORY, {"prod": HISTORY[0]}, {"prod": before})
    assert list(kept) == HISTORY[: RETURNS + 1]


def test_each_stack_keeps_its_own() -> None:
    kept = kept_because(HISTORY, HISTORY, {"dev": HISTORY[0], "prod": HISTORY[9]}, {"dev": [], "prod": HISTORY[10:12]})
    assert set(kept) == {HISTORY[0], HISTORY[9], HISTORY[10], HISTORY[11]}


def test_what_is_not_there_is_not_kept() -> None:
    assert kept_because([], [], {"dev": HISTORY[0]}, {"dev": HISTORY}) == {}


def test_what_git_does_not_have_is_kept() -> None:
    """`portal build --push` has just written it, and no stack points to it yet."""
    assert kept_because(HISTORY[:2], HISTORY[1:2], {}, {}) == {HISTORY[0]: "it is not committed"}
