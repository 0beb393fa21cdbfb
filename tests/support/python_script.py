"""Stand-ins for programs, written in Python."""

from __future__ import annotations

import sys


def python_script(code: str, *options: str) -> str:
    """A script that this Python runs, wherever it is: the first line of a script can name no path with a space.

    A shell reads the second line as `exec`, and Python reads it and the third as a text.
    """
    words = " ".join(options)
    return f"#!/bin/sh\n'''exec' \"{sys.executable}\" {words} \"$0\" \"$@\"\n' '''\n{code}"
