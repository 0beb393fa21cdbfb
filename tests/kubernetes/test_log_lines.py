"""Lines as Backstage 1.55 and PostgreSQL 18 write them, taken from a portal that ran."""

from __future__ import annotations

import pytest

from portal.base.moment import moment
from portal.kubernetes.log_lines import local_time, read_line

TIME = "2026-11-22T22:46:07.523456789Z"
PLUGIN = '{"level":"info","message":"Performing database migration","plugin":"catalog","service":"backstage"}'
FAILED = '{"level":"error","message":"No","plugin":"search","service":"backstage","stack":"Error: No\\n    at x.js:1"}'
PROBE = (
    '{"level":"info","message":"x","method":"GET","service":"rootHttpRouter","status":%d,"type":"incomingRequest",'
    '"url":"/.backstage/health/v1/readiness","userAgent":"kube-probe/1.36"}'
)
REQUEST = (
    '{"level":"info","message":"x","method":"GET","service":"rootHttpRouter","status":503,"type":"incomingRequest",'
    '"url":"/api/search/query","userAgent":"Mozilla"}'
)
POSTGRES = "2026-11-22 22:45:25.951 UTC [12] FATAL:  password authentication failed"


@pytest.mark.parametrize(
    ("raw", "level", "source", "message"),
    [
        (PLUGIN, "info", "catalog", "Performing database migration"),
        (FAILED, "error", "search", "No\n    at x.js:1"),
        (REQUEST, "warn", "request", "GET /api/search/query 503"),
        (POSTGRES, "error", "fatal", "password authentication failed"),
        ("Loading config from somewhere", "info", "", "Loading config from somewhere"),
        ("[1, 2]", "info", "", "[1, 2]"),
    ],
)
def test_a_line_is_read(raw: str, level: str, source: str, message: str) -> None:
    line = read_line("backstage-1", f"{TIME} {raw}")
    assert (line.level, line.source, line.message, line.raw) == (level, source, message, raw)


def test_only_probes_that_went_well_are_left_out() -> None:
    assert read_line("p", f"{TIME} {PROBE % 200}").is_probe
    assert not read_line("p", f"{TIME} {PROBE % 503}").is_probe
    assert not read_line("p", f"{TIME} {REQUEST}").is_probe


def test_a_plugin_is_concerned_by_what_it_says_and_by_what_it_is_asked() -> None:
    lines = [read_line("p", f"{TIME} {raw}") for raw in (PLUGIN, FAILED, REQUEST, PROBE % 200)]
    assert [line.concerns(["search"]) for line in lines] == [False, True, True, False]


def test_a_day_is_shown_where_it_is_not_today() -> None:
    then = moment(TIME).astimezone()
    assert local_time(TIME, then) == then.strftime("%H:%M:%S")
    assert local_time(TIME, then.replace(year=2030)).startswith("11-2")
    assert local_time("no time") == "no time"
