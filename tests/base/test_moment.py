"""A time means the same on every machine."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal.base.moment import moment
from tests.support.zones import ZONES, in_zone


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("month", [1, 7])
def test_a_time_is_the_same_in_every_zone(zone: str, month: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_zone(zone, monkeypatch):
        assert moment(f"2026-{month:02}-15T12:00:00Z") == datetime(2026, month, 15, 12, tzinfo=UTC)
        assert moment(f"2026-{month:02}-15T14:00:00.123456789+02:00").timestamp() // 1 == (
            datetime(2026, month, 15, 12, tzinfo=UTC).timestamp()
        )


@pytest.mark.parametrize("text", ["2026-07-15T12:00:00", "2026-07-15", "", "noon"])
def test_a_time_without_a_zone_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|Invalid"):
        moment(text)
