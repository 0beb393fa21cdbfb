"""The program that runs containers on this machine, where it answers and not only stands on the PATH."""

from __future__ import annotations

import shutil

from portal.base.errors import PortalError
from portal.base.process import output

RUNTIMES = ("docker", "podman")


def container_runtime() -> str | None:
    """The container runtime that works here: docker, else podman."""
    return next((name for name in RUNTIMES if (program := shutil.which(name)) is not None and works(program)), None)


def works(program: str) -> bool:
    """Whether a runtime answers: a docker client without its engine is common."""
    try:
        output([program, "info", "--format", "{{json .}}"])
    except PortalError:
        return False
    return True
