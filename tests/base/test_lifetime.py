"""How long something lives, and when it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from portal.base.lifetime import LONGEST, end_after, read_end, read_ttl
from portal.base.moment import moment_text


@pytest.mark.parametrize(
    ("text", "lifetime"),
    [("1h", timedelta(hours=1)), ("36h", timedelta(hours=36)), ("3d", timedelta(days=3)), ("90d", LONGEST)],
)
def test_a_lifetime_is_whole_hours_or_days(text: str, lifetime: timedelta) -> None:
    assert read_ttl(text) == lifetime


@pytest.mark.parametrize("text", ["", "3", "0d", "-1d", "03d", "1.5d", "3 d", "3d\n", "3w", "91d", "9999d", 3, None])
def test_anything_else_is_none(text: object) -> None:
    assert read_ttl(text) is None


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("12:00", "16:00"),
        ("12:49", "16:00"),
        ("12:50", "16:00"),
        ("12:51", "17:00"),
        ("12:59", "17:00"),
    ],
)
def test_an_end_is_a_full_hour_and_ten_minutes_later_than_asked_for(now: str, end: str) -> None:
    at = datetime.strptime(f"2026-11-28 {now} +0000", "%Y-%m-%d %H:%M %z")

    assert moment_text(end_after(at, timedelta(hours=3))) == f"2026-11-28T{end}:00Z"


def test_an_end_is_in_utc_wherever_somebody_is() -> None:
    here = datetime(2026, 11, 28, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert moment_text(end_after(here, timedelta(days=1))) == "2026-11-28T21:00:00Z"


def test_what_is_written_is_read() -> None:
    end = datetime(2026, 12, 1, 13, tzinfo=UTC)
    assert read_end(moment_text(end)) == end


@pytest.mark.parametrize(
    "text", ["", "2026-12-01", "2026-12-01T13:00:00", "2026-12-01T13:00:00+00:00", "soon", 7, None]
)
def test_another_form_is_no_end(text: object) -> None:
    assert read_end(text) is None
