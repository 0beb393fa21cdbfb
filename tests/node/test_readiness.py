"""The node is ready when it says so, in summer too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.node.readiness import is_ready
from tests.support.zones import ZONES, in_zone

JULY = datetime(2026, 7, 15, 12, tzinfo=UTC)
JANUARY = datetime(2026, 1, 15, 12, tzinfo=UTC)


def reported(at: datetime, kind: str = "Ready", status: str = "True") -> dict[str, Any]:
    heard = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"status": {"conditions": [{"type": kind, "status": status, "lastHeartbeatTime": heard}]}}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("began", [JULY, JANUARY], ids=["july", "january"])
def test_a_report_counts_if_it_is_of_this_start(zone: str, began: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_zone(zone, monkeypatch):
        assert is_ready(reported(began + timedelta(seconds=3)), began)
        assert is_ready(reported(began - timedelta(seconds=1)), began)
        assert not is_ready(reported(began - timedelta(minutes=10)), began)
        assert not is_ready(reported(began - timedelta(hours=1, seconds=30)), began)


def test_what_is_not_ready_is_not() -> None:
    assert not is_ready(reported(JULY, status="False"), JULY)
    assert not is_ready(reported(JULY, kind="DiskPressure"), JULY)
    assert not is_ready({"status": {}}, JULY)
