"""The portal command within the test's process, where a process of its own would prove nothing more."""

from __future__ import annotations

import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from portal.command.main import run


def portal(*words: str, cwd: Path, **environment: str) -> CompletedProcess[str]:
    """Run it with words, in a folder and with more environment; its exit code and what it printed."""
    return piped(b"", *words, cwd=cwd, **environment)


def piped(value: bytes, /, *words: str, cwd: Path, **environment: str) -> CompletedProcess[str]:
    """The same, with bytes from a pipe."""
    out, errors = StringIO(), StringIO()
    with (
        patch.dict(os.environ, environment),
        patch.object(sys, "argv", ["portal", *words]),
        patch.object(sys, "stdin", TextIOWrapper(BytesIO(value), "utf-8")),
        chdir(cwd),
        redirect_stdout(out),
        redirect_stderr(errors),
    ):
        code = run()
    return CompletedProcess(words, code, out.getvalue(), errors.getvalue())
