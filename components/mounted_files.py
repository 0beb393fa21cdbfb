"""Files that a pod mounts one by one, each at its own path, from a ConfigMap that has them by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import VolumeMountArgsDict


def by_name(files: Mapping[str, str]) -> dict[str, str]:
    """The data of the ConfigMap, from the files by path."""
    return {_name(path): text for path, text in files.items()}


def file_mounts(volume: str, paths: Iterable[str]) -> list[VolumeMountArgsDict]:
    """A mount for each path. ``volume`` is the name of the volume with the ConfigMap."""
    return [{"name": volume, "mount_path": path, "sub_path": _name(path), "read_only": True} for path in sorted(paths)]


def _name(path: str) -> str:
    return path.rpartition("/")[2]
