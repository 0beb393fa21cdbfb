"""When a stack ends, in its file. An end counts from the last `portal up`, and not from the first one."""

from __future__ import annotations

from datetime import datetime

from portal.base.lifetime import end_after, read_end, read_ttl
from portal.base.moment import moment_text
from portal.base.yaml_document import Value
from portal.stackfile.edit import KeyPath
from portal.stackfile.read import StackFile

LIKE = "portal:like"
TTL = "portal:ttl"
EXPIRES = "portal:expires"


def end_of(file: StackFile) -> datetime | None:
    """When a stack ends, as its file says. None if it says none, or something that is no time."""
    return read_end(file.values.get(EXPIRES))


def moved_end(file: StackFile, now: datetime, ttl: str | None = None) -> dict[KeyPath, Value]:
    """What has to change in a stack's file at a `portal up`. Empty if the end stays.

    ``ttl`` is from the command line; None takes the file's. The end moves as soon as it is nearer than that, and only
    ever away: a later one that somebody wrote stays. Another ``ttl`` than the file's counts anew, for a shorter life
    too. What is no ``ttl`` changes nothing: the checks refuse it.
    """
    before = file.values.get(TTL)
    chosen = ttl if ttl is not None else before
    lifetime = read_ttl(chosen)
    if lifetime is None:
        return {}
    another, end = chosen != before, end_of(file)
    if not another and end is not None and end - now >= lifetime:
        return {}
    changes: dict[KeyPath, Value] = {file.path_of(TTL): chosen} if another else {}
    return {**changes, file.path_of(EXPIRES): moment_text(end_after(now, lifetime))}
