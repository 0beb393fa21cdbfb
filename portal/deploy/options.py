"""What the command line of ``portal up`` says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UpOptions:
    """None leaves the choice to us, or to the last ``up``."""

    stack: str
    context: str | None = None
    cluster: str | None = None
    engine: str | None = None
    builder: str | None = None
