"""What one Backstage release consists of: a file of ``app/manifests`` for each release that a portal can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from portal.base.errors import InputError, closest
from portal.base.json_file import read_json_object

SCOPE = "@backstage/"


@dataclass(frozen=True)
class Manifest:
    """Exact versions of one Backstage release, and what our own sources import.

    ``packages`` are the versions of Backstage's packages by name: all that records may mention without a version.
    ``frontend``, ``backend`` and ``build`` are what ``app/packages`` imports and is built with; those without a version
    have the release's. ``resolutions`` pin what newer versions of which do not resolve.
    """

    backstage: str
    packages: Mapping[str, str]
    frontend: Mapping[str, str | None]
    backend: Mapping[str, str | None]
    build: Mapping[str, str | None]
    resolutions: Mapping[str, str]

    def version(self, package: str, pinned: str | None, where: str, key: str) -> str:
        """The exact version of a package: what is written at ``where``, else the release's. There has to be one."""
        if pinned is not None:
            return pinned
        if package in self.packages:
            return self.packages[package]
        near = closest(package, self.packages) if package.startswith(SCOPE) else []
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(
            where=where,
            key=f"{key}.{package}",
            got="null",
            allowed=f"a version: the manifest of Backstage {self.backstage} has none for this package",
            fix=f"write the exact version to install (`{package}: 1.2.3`).{hint}",
        )


def manifest_for(app: Path, release: str, where: str) -> Manifest:
    """The manifest of a Backstage release; an input error names those that exist."""
    known = sorted(path.stem for path in (app / "manifests").glob("*.json"))
    if release not in known:
        raise InputError(
            where=where,
            key="backstage",
            got=f'"{release}"',
            allowed=f"a release with a manifest in app/manifests ({', '.join(known)})",
            fix=f"write `backstage: {known[-1]}`" if known else "restore app/manifests",
        )
    return read_manifest(app / "manifests" / f"{release}.json")


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file."""
    name = f"app/manifests/{path.name}"
    keys = ("backstage", "packages", "app", "resolutions")
    raw = cast("dict[str, Any]", read_json_object(path, name, "restore it from Git", keys))
    parts = raw["app"]
    return Manifest(
        backstage=raw["backstage"],
        packages=raw["packages"],
        frontend=parts["frontend"],
        backend=parts["backend"],
        build=parts["build"],
        resolutions=raw["resolutions"],
    )
