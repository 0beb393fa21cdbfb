"""Parse lines of a portal's log. Backstage writes JSON without a time in production; kubectl adds the time.

Reads no log itself: `log_streams` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.base.json_types import is_mapping
from portal.base.moment import moment
from portal.contract import HEALTH_PATH, PROBE_USER_AGENT

STYLES = {"error": "red", "warn": "yellow", "info": "", "debug": "dim"}
# The prefix that PostgreSQL writes: time, time zone, and process.
_POSTGRES = re.compile(r"[\d-]+ [\d:.]+ \w+ \[\d+\] (?P<level>[A-Z]+):\s+(?P<text>.*)")
_POSTGRES_LEVELS = {"ERROR": "error", "FATAL": "error", "PANIC": "error", "WARNING": "warn"}


@dataclass(frozen=True)
class LogLine:
    """One line. ``raw`` is the text that the pod wrote; the other fields are parsed from it."""

    time: str
    pod: str
    raw: str
    level: str
    source: str
    message: str
    path: str = ""
    status: int = 0
    agent: str = ""

    @property
    def is_probe(self) -> bool:
        """Whether it only records a successful health check, by the cluster or by `portal status`."""
        return self.agent == PROBE_USER_AGENT or (self.path.startswith(HEALTH_PATH) and self.status < 400)

    def concerns(self, plugins: Collection[str]) -> bool:
        """Whether one of these plugins wrote the line or received the request in it."""
        parts = self.path.split("/")
        return self.source in plugins or (parts[1:2] == ["api"] and parts[2] in plugins if len(parts) > 2 else False)


def read_line(pod: str, line: str) -> LogLine:
    """Parse a line that ``kubectl logs --timestamps`` printed."""
    time, _, raw = line.partition(" ")
    try:
        content: Any = json.loads(raw)
    except json.JSONDecodeError:
        content = None
    if is_mapping(content) and "message" in content:
        return _of_backstage(time, pod, raw, content)
    postgres = _POSTGRES.fullmatch(raw)
    if postgres is not None:
        level = _POSTGRES_LEVELS.get(postgres["level"], "info")
        return LogLine(time, pod, raw, level, postgres["level"].lower(), postgres["text"])
    return LogLine(time, pod, raw, "info", "", raw)


def local_time(time: str, today: datetime | None = None) -> str:
    """Convert a time from kubectl to local time. The date is included only if it is not today."""
    try:
        then = moment(time).astimezone()
    except ValueError:
        return time
    now = today or datetime.now(UTC).astimezone()
    return then.strftime("%H:%M:%S" if then.date() == now.date() else "%m-%d %H:%M:%S")


def _of_backstage(time: str, pod: str, raw: str, content: Mapping[str, Any]) -> LogLine:
    level = str(content.get("level", "info"))
    source = str(content.get("plugin") or content.get("service") or "")
    if content.get("type") == "incomingRequest":
        path, status = str(content.get("url", "")), _status(content.get("status"))
        message = f"{content.get('method', '')} {path} {status}"
        return LogLine(
            time,
            pod,
            raw,
            "warn" if status >= 500 else level,
            "request",
            message,
            path,
            status,
            str(content.get("userAgent", "")),
        )
    stack = str(content.get("stack") or "")
    message = str(content["message"])
    # The first line of the stack trace repeats the message.
    rest = stack.partition("\n")[2]
    return LogLine(time, pod, raw, level, source, f"{message}\n{rest}" if rest else message)


def _status(value: object) -> int:
    """The status of a request; 0 for what is none, as a log holds whatever somebody wrote."""
    return value if isinstance(value, int) and 0 <= value < 1000 else 0
