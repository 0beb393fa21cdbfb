"""The checkers of manifests, workflows and AWS: pinned below ``tools/``, kept in the cache folder by ``make checkers``.

checkov pins a hundred packages of its own, so it lives in a virtual environment that only parliament shares. MiniStack
has one for itself.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from rich.console import Console

from portal.base.canonical import content_hash
from portal.base.checkout import cache_folder
from portal.base.errors import PortalError
from portal.base.process import run
from portal.base.progress import Progress, progress_for
from portal.node.tools import Tool, build_tools, built_folder
from tests.support.checkouts import ROOT

TOOLS = ROOT / "tools"
GO_CHECKERS = Tool("checkers", ("tool",))
CHECKOV, MINISTACK = "checkov", "ministack"
LOG = ROOT / ".portal" / "logs" / "checkers.log"


def kube_score() -> Path:
    """kube-score, built."""
    return _made(built_folder(TOOLS, GO_CHECKERS) / "kube-score")


def actionlint() -> Path:
    """actionlint, built."""
    return _made(built_folder(TOOLS, GO_CHECKERS) / "actionlint")


def checkov_python() -> Path:
    """The Python that has checkov."""
    return _made(_folder(CHECKOV) / "bin" / "python")


def ministack_python() -> Path:
    """The Python that has the emulator of AWS."""
    return _made(_folder(MINISTACK) / "bin" / "python")


def make_checkers(progress: Progress) -> None:
    """Make what is not there; says nothing if all is."""
    build_tools(TOOLS, progress, LOG, [GO_CHECKERS])
    for name in (CHECKOV, MINISTACK):
        _install(name, progress)


def _install(name: str, progress: Progress) -> None:
    target = _folder(name)
    if target.is_dir():
        return
    with progress.phase(f"Install {name} into the cache folder"):
        partial = target.with_name(f".{name}-{os.getpid()}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        uv = Path(sys.executable).with_name("uv")
        run([uv, "venv", "--quiet", "--python", sys.executable, partial], log=LOG)
        sync = [
            uv,
            "pip",
            "sync",
            "--quiet",
            "--require-hashes",
            "--only-binary=:all:",
            "--compile-bytecode",
            "--python",
        ]
        run([*sync, partial / "bin" / "python", _requirements(name)], log=LOG)
        partial.rename(target)


def _requirements(name: str) -> Path:
    return TOOLS / name / "requirements.txt"


def _folder(name: str) -> Path:
    """Named by what it holds, and by the Python that it stands on."""
    key = content_hash([_requirements(name).read_text(), sys.version, sys.base_prefix])
    return cache_folder() / "tools" / f"{name}-{key}"


def _made(program: Path) -> Path:
    if not program.exists():
        pytest.fail(f"{program.name} is not there: run `make checkers`", pytrace=False)
    return program


if __name__ == "__main__":
    try:
        make_checkers(progress_for(Console(stderr=True)))
    except PortalError as error:
        sys.exit(str(error))
