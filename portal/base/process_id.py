"""Processes by their numbers: whether one lives, and whether it is still the same one. Ends none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from portal.base.errors import PortalError
from portal.base.process import output


def alive(process: int) -> bool:
    """Whether there is a process with this number, whoever's it is."""
    if process <= 0:
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        # It is another user's.
        return True
    return True


def started(process: int) -> str | None:
    """When a process started. With it, a number means one process for ever. None for one that is gone or a zombie."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    return _said_by_ps("lstart", process)


def arguments(process: int) -> str:
    """The command line of a process. Empty for one that is gone."""
    return _said_by_ps("args", process) or ""


def _said_by_ps(column: str, process: int) -> str | None:
    try:
        return output(["ps", "-o", f"{column}=", "-p", str(process)], env={"LC_ALL": "C", "TZ": "UTC"}).strip() or None
    except PortalError:
        return None
