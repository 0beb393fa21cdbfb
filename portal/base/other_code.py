"""Run the code of another checkout of this repository, in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from portal.base.child_environment import child_environment
from portal.base.process import output


def words_of_code(python: str | Path, module: str, words: Iterable[str | Path]) -> list[str]:
    """The command that calls ``main`` of a module. The folder with the code has to be first in ``PYTHONPATH``."""
    # Pulumi's SDK makes a million objects that all stay: looking for garbage among them is a quarter of the time.
    program = f"import gc; gc.set_threshold(500_000); from {module} import main; main()"
    # -P: not the code in the current folder, which may be another checkout.
    return [str(python), "-P", "-c", program, *map(str, words)]


def output_of_code(code: Path, module: str, words: Iterable[str | Path]) -> str:
    """What ``main`` of a module prints, from the code in a folder, with the Python packages of this process.

    PortalError if it fails. It gets no secret of the environment.
    """
    environment = child_environment(sys.executable, {"PYTHONPATH": str(code)})
    return output(words_of_code(sys.executable, module, words), environment=environment)
