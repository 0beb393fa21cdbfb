"""Lines of a portal's log, made readable: Backstage writes JSON in production, without a time; kubectl adds that."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.base.json_types import is_mapping
from portal.contract import HEALTH_PATH, PROBE_USER_AGENT

STYLES = {"error": "red", "warn": "yellow", "info": "", "debug": "dim"}
# PostgreSQL's own beginning of a line: time, zone, process.
_POSTGRES = re.compile(r"[\d-]+ [\d:.]+ \w+ \[\d+\] (?P<level>[A-Z]+):\s+(?P<text>.*)")
_POSTGRES_LEVELS = {"ERROR": "error", "FATAL": "error", "PANIC": "error", "WARNING": "warn"}


@dataclass(frozen=True)
class LogLine:
    """One line. ``raw`` is what the pod wrote; the rest is what it says."""

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
        """Whether it says no more than that the cluster, or `portal status`, asked how it is, and that it is well."""
        return self.agent == PROBE_USER_AGENT or (self.path.startswith(HEALTH_PATH) and self.status < 400)

    def concerns(self, plugins: Collection[str]) -> bool:
        """Whether a plugin with one of these ids wrote it, or was asked."""
        parts = self.path.split("/")
        return self.source in plugins or (parts[1:2] == ["api"] and parts[2] in plugins if len(parts) > 2 else False)


def read_line(pod: str, line: str) -> LogLine:
    """A line as ``kubectl logs --timestamps`` prints it."""
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
    """A time of kubectl's as the person's clock shows it; with the day where it is another one than today."""
    try:
        then = datetime.fromisoformat(time).astimezone()
    except ValueError:
        return time
    now = today or datetime.now(UTC).astimezone()
    return then.strftime("%H:%M:%S" if then.date() == now.date() else "%m-%d %H:%M:%S")


def _of_backstage(time: str, pod: str, raw: str, content: Mapping[str, Any]) -> LogLine:
    level = str(content.get("level", "info"))
    source = str(content.get("plugin") or content.get("service") or "")
    if content.get("type") == "incomingRequest":
        path, status = str(content.get("url", "")), int(content.get("status", 0))
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
    # The stack's first line is the message again.
    rest = stack.partition("\n")[2]
    return LogLine(time, pod, raw, level, source, f"{message}\n{rest}" if rest else message)
