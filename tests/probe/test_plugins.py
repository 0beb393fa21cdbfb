"""What two requests say of a backend plugin: each way to be unwell has its own words."""

from __future__ import annotations

import time

import pytest

from portal.base.errors import PortalError
from portal.base.run_parallel import run_parallel
from portal.probe.plugins import backend_health
from portal.probe.smoke import HttpAnswer


@pytest.mark.parametrize(
    ("keys", "base", "detail"),
    [
        (200, 401, "answers"),
        (200, 404, "answers"),
        (200, 503, "has not started (answers 503)"),
        (200, None, "has not started (timed out)"),
        (404, 404, "is not in the portal that runs"),
        (500, 401, "cannot read its database (answers 500)"),
        (None, None, "does not answer (timed out)"),
    ],
)
def test_a_verdict(keys: int | None, base: int | None, detail: str) -> None:
    def get(url: str, _: float) -> HttpAnswer:
        return HttpAnswer(keys if url.endswith("jwks.json") else base, "", "timed out")

    (health,) = backend_health("http://localhost:1", ["catalog"], 1, get)
    assert (health.id, health.detail, health.healthy) == ("catalog", detail, detail == "answers")


def test_one_that_hangs_keeps_nobody_waiting() -> None:
    def fails() -> str:
        raise PortalError("no")

    began = time.monotonic()
    found = run_parallel({"slow": lambda: time.sleep(5) or "late", "quick": lambda: "here", "broken": fails}, 0.2)
    assert time.monotonic() - began < 2
    assert found["quick"] == "here"
    assert "no answer within 0.2 s" in str(found["slow"])
    assert str(found["broken"]) == "no"
