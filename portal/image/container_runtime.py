"""Find the program that runs containers on this machine. It has to answer; being on the PATH is not enough."""

from __future__ import annotations

import shutil

from portal.base.errors import PortalError
from portal.base.process import output

RUNTIMES = ("docker", "podman")


def container_runtime() -> str | None:
    """The container runtime that works on this machine: docker, or else podman. None if neither works."""
    return next((name for name in RUNTIMES if (program := shutil.which(name)) is not None and works(program)), None)


def works(program: str) -> bool:
    """Whether a runtime answers. A docker client without a running daemon is common."""
    try:
        output([program, "info", "--format", "{{json .}}"])
    except PortalError:
        return False
    return True
