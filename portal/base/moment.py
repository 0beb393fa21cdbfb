"""Times in files and in answers of other programs."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """A time of RFC 3339 with its zone, such as ``2026-07-01T12:00:00Z``. ValueError if it names no zone.

    Everything that reads a time comes through here: a time without a zone means another one on each machine.
    """
    read = datetime.fromisoformat(text)  # noqa: TID251 - the one place
    if read.tzinfo is None:
        raise ValueError(f"{text} names no time zone")
    return read


def moment_text(at: datetime) -> str:
    """A time as files, annotations and answers hold it: RFC 3339 in UTC, whole seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
