"""The choices on the command line of ``portal up``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UpOptions:
    """None means: as in the last ``up``, else chosen automatically."""

    stack: str
    context: str | None = None
    cluster: str | None = None
    engine: str | None = None
    builder: str | None = None
