"""Time zones to be in, as POSIX spells them: no list of zones has to be installed."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import pytest

ZONES: Mapping[str, str] = {
    "UTC": "UTC0",
    "Europe/Berlin": "CET-1CEST,M3.5.0,M10.5.0/3",
    "Europe/London": "GMT0BST,M3.5.0/1,M10.5.0",
    "America/New_York": "EST5EDT,M3.2.0,M11.1.0",
    "America/St_Johns": "NST3:30NDT,M3.2.0,M11.1.0",
    "Australia/Sydney": "AEST-10AEDT,M10.1.0,M4.1.0/3",
    "Asia/Tokyo": "JST-9",
    "Asia/Kolkata": "IST-5:30",
    "Pacific/Chatham": "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
}


@contextmanager
def in_zone(name: str, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """This process in another time zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", ZONES[name])
        time.tzset()
        yield
    time.tzset()
