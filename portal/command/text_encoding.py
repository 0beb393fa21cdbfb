"""Text is UTF-8, whatever the locale says: that is what files here are written in.

A terminal gets what it can show.
"""

from __future__ import annotations

import locale
import os
import sys
from io import TextIOWrapper

_SECOND = "utf8"


def use_utf8() -> None:
    """Start this command again in Python's UTF-8 mode where the locale has another encoding (PEP 540).

    Nothing else reaches every file that a library opens. A locale with UTF-8, and the locale C of a usual machine, need
    no second start.
    """
    if sys.flags.utf8_mode or _SECOND in sys.orig_argv or _is_utf8(locale.getencoding()):
        return
    os.execv(sys.executable, [sys.executable, "-X", _SECOND, *sys.orig_argv[1:]])  # noqa: S606 - ourselves


def print_what_can_be_shown() -> None:
    """Let no character end the command: a terminal shows a question mark instead. Pipes and files get UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=locale.getencoding() if stream.isatty() else "utf-8", errors="replace")


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "") == "utf8"
