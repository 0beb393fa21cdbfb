"""What one Backstage release consists of, as far as the catalogue needs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.base.errors import InputError


@dataclass(frozen=True)
class Manifest:
    """Exact versions of one Backstage release, and what our own sources import.

    ``packages`` are versions by name, of create-app's template and of the records. ``frontend``, ``backend`` and
    ``build`` are what ``app/packages`` imports and is built with. ``resolutions`` pin what newer versions of which do
    not resolve.
    """

    backstage: str
    node: int
    packages: Mapping[str, str]
    frontend: Mapping[str, str | None]
    backend: Mapping[str, str | None]
    build: Mapping[str, str | None]
    resolutions: Mapping[str, str]

    def version(self, package: str, pinned: str | None) -> str:
        """The exact version of a package: what its record pins, else the release's. KeyError where neither has one."""
        return pinned if pinned is not None else self.packages[package]


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
    raw: dict[str, Any] = json.loads((app / "manifests" / f"{release}.json").read_text())
    parts = raw.pop("app")
    return Manifest(**raw, frontend=parts["frontend"], backend=parts["backend"], build=parts["build"])
