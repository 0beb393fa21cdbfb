"""An end counts from the last `portal up`. It moves away only, and not when a command is repeated at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.base.checkout import Checkout
from portal.base.moment import moment_text
from portal.stackfile.edit import edited
from portal.stackfile.lifetime import moved_end
from portal.stackfile.read import read_stack_file

NOW = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)
ENDS = ("config", "portal:expires")
LIVES = ("config", "portal:ttl")


@pytest.fixture
def ending(checkout: Checkout) -> Checkout:
    file = checkout.stack_file("pr-123")
    text = checkout.stack_file("local").read_text()
    file.write_text(f"{text}  # Until it is merged.\n  portal:ttl: 3d\n  portal:expires: '2026-12-01T13:00:00Z'\n")
    return checkout


def moved(checkout: Checkout, now: datetime, ttl: str | None = None) -> dict[tuple[str, ...], object]:
    return dict(moved_end(read_stack_file(checkout, "pr-123"), now, ttl))


@pytest.mark.parametrize("ttl", [None, "3d"])
def test_an_up_that_is_repeated_at_once_moves_nothing(ending: Checkout, ttl: str | None) -> None:
    """At any time of the hour: there are at least ten minutes between an end and the next one."""
    file = read_stack_file(ending, "pr-123")
    for minute in range(60):
        first = NOW.replace(minute=minute) + timedelta(days=1)
        path = ending.stack_file("pr-123")
        path.write_text(edited(path, moved_end(file, first, ttl)))
        assert moved(ending, first + timedelta(minutes=9), ttl) == {}, minute


@pytest.mark.parametrize("ttl", [None, "3d"])
def test_a_later_up_moves_it_by_the_same_time(ending: Checkout, ttl: str | None) -> None:
    assert moved(ending, NOW + timedelta(days=2), ttl) == {ENDS: "2026-12-03T13:00:00Z"}


def test_a_later_end_that_somebody_wrote_stays(ending: Checkout) -> None:
    file = ending.stack_file("pr-123")
    file.write_text(file.read_text().replace("2026-12-01T13", "2026-12-24T13"))
    assert moved(ending, NOW) == moved(ending, NOW, "3d") == {}


def test_another_lifetime_counts_anew_also_a_shorter_one(ending: Checkout) -> None:
    assert moved(ending, NOW, "12h") == {LIVES: "12h", ENDS: "2026-11-29T01:00:00Z"}
    assert moved(ending, NOW, "7d") == {LIVES: "7d", ENDS: "2026-12-05T13:00:00Z"}


def test_without_a_lifetime_nothing_ends(checkout: Checkout) -> None:
    assert moved_end(read_stack_file(checkout, "local"), NOW) == {}


def test_a_lifetime_without_an_end_gets_one(ending: Checkout) -> None:
    file = ending.stack_file("pr-123")
    file.write_text(file.read_text().replace("  portal:expires: '2026-12-01T13:00:00Z'\n", ""))
    assert moved(ending, NOW) == {ENDS: "2026-12-01T13:00:00Z"}


def test_comments_stay_and_the_time_stays_a_text(ending: Checkout) -> None:
    """Go would read a time without quotes as something else than a text."""
    path = ending.stack_file("pr-123")
    at = NOW + timedelta(days=5)
    before = path.read_text()
    text = edited(path, moved_end(read_stack_file(ending, "pr-123"), at))
    assert text == before.replace("2026-12-01T13:00:00Z", moment_text(at + timedelta(days=3, minutes=30)))
    assert "'2026-12-06T13:00:00Z'" in text
