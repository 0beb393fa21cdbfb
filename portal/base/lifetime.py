"""How long something lives that has an end: `3d` or `12h`, and the time at which it is over."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from portal.base.moment import moment, moment_text

_TTL = re.compile(r"([1-9][0-9]{0,3})([hd])")
_HOURS = {"h": 1, "d": 24}
LONGEST = timedelta(days=90)
TTL_RULE = f"whole hours or days (12h, 3d), up to {LONGEST.days}d"
END_RULE = "a time in UTC (2026-12-01T13:00:00Z)"

# An end stays where it is for at least this long, so that a command that is repeated at once moves nothing.
_SLACK = timedelta(minutes=10)
_HOUR = timedelta(hours=1)


def read_ttl(text: object) -> timedelta | None:
    """A lifetime. None if the value is none, or longer than :data:`LONGEST`."""
    found = _TTL.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    lifetime = timedelta(hours=int(found[1]) * _HOURS[found[2]])
    return lifetime if lifetime <= LONGEST else None


def read_end(text: object) -> datetime | None:
    """An end as :func:`portal.base.moment.moment_text` writes it. None for anything else."""
    try:
        read = moment(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return read if read is not None and moment_text(read) == text else None


def end_after(now: datetime, lifetime: timedelta) -> datetime:
    """The full hour that is at least a lifetime and ten minutes away."""
    least = now.astimezone(UTC) + lifetime + _SLACK
    full = least.replace(minute=0, second=0, microsecond=0)
    return full if full == least else full + _HOUR
