"""Times of the week in which AWS backs up and maintains a database, in UTC."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from portal.models.base import refusal

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY = re.compile(rf"{_TIME}-{_TIME}")
_WEEKLY = re.compile(rf"({'|'.join(_DAYS)}):{_TIME}-({'|'.join(_DAYS)}):{_TIME}")
_DAY, _WEEK = 24 * 60, 7 * 24 * 60
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
_SHORTEST, _LONGEST_MAINTENANCE = 30, _DAY


def _backup_window(text: str) -> str:
    if not _DAILY.fullmatch(text) or _daily(text)[1] < _SHORTEST:
        raise refusal(
            f"half an hour or more of every day, in UTC ({EXAMPLE_OF_A_DAY})", "write both times with a colon"
        )
    return text


def _maintenance_window(text: str) -> str:
    if not _WEEKLY.fullmatch(text) or not _SHORTEST <= _weekly(text)[1] <= _LONGEST_MAINTENANCE:
        raise refusal(
            f"half an hour to a day of every week, in UTC ({EXAMPLE_OF_A_WEEK})",
            "write both ends as day, colon and time, with the first three letters of the day",
        )
    return text


def _minute(hours: str, minutes: str) -> int:
    return int(hours) * 60 + int(minutes)


def _daily(text: str) -> tuple[int, int]:
    """The minute of the day at which it begins, and how many minutes it has."""
    match = _DAILY.fullmatch(text)
    if match is None:
        raise ValueError(text)
    begins, ends = _minute(match[1], match[2]), _minute(match[3], match[4])
    return begins, (ends - begins) % _DAY


def _weekly(text: str) -> tuple[int, int]:
    """The minute of the week at which it begins, and how many minutes it has."""
    match = _WEEKLY.fullmatch(text)
    if match is None:
        raise ValueError(text)
    begins = _DAYS.index(match[1]) * _DAY + _minute(match[2], match[3])
    ends = _DAYS.index(match[4]) * _DAY + _minute(match[5], match[6])
    return begins, (ends - begins) % _WEEK


def overlap(backup: str, maintenance: str) -> bool:
    """Whether the two windows have a minute in common, which AWS refuses."""
    (daily, daily_length), (weekly, weekly_length) = _daily(backup), _weekly(maintenance)
    # Whether one begins while the other lasts.
    return (weekly - daily) % _DAY < daily_length or (daily - weekly) % _DAY < weekly_length


EXAMPLE_OF_A_DAY = "02:00-03:00"
EXAMPLE_OF_A_WEEK = "sun:04:00-sun:05:00"

BackupWindow = Annotated[str, AfterValidator(_backup_window)]
"""A time of every day, such as ``02:00-03:00``."""

MaintenanceWindow = Annotated[str, AfterValidator(_maintenance_window)]
"""A time of every week, such as ``sun:04:00-sun:05:00``."""
