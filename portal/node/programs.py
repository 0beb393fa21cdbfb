"""The programs of a node. A running node keeps those that it was started with, even if the checkout has changed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from portal.base.errors import SituationError
from portal.node.layout import NodeLayout


@dataclass(frozen=True)
class Programs:
    """Where the node's programs are: folders of built programs, folders of Debian packages, and ``runc`` itself."""

    kubernetes: Path
    containerd: Path
    addons: Path
    etcd: Path
    cni: Path
    runc: Path


def link_programs(layout: NodeLayout, programs: Programs) -> None:
    """Link the programs into the node's folder, before the node starts.

    The node's files and commands use these links, so that nothing else has to know where the programs are.
    """
    layout.programs.mkdir(parents=True, exist_ok=True)
    for field in fields(programs):
        link = layout.programs / field.name
        link.unlink(missing_ok=True)
        link.symlink_to(getattr(programs, field.name))


def started_program(layout: NodeLayout, name: str) -> Path:
    """A program that the node was started with, such as ``kubernetes/kubectl``."""
    path = layout.programs / name
    if not path.is_file():
        raise SituationError(
            f"the local node runs with programs that are gone ({path.resolve()}),"
            " or was started by an earlier version of this repository",
            "run `portal down`, then `portal up`",
        )
    return path
