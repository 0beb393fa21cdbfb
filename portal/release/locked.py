"""Whether ``portal lock`` has resolved a composition. Reads files only, and runs no tool."""

from __future__ import annotations

from pathlib import Path

from portal.base.canonical import content_hash
from portal.base.errors import SituationError
from portal.base.json_file import read_json_object
from portal.release.composition import Composition
from portal.release.package_files import package_files


def composition_id(composition: Composition) -> str:
    """The hash of the generated package.json files. A lock and a config schema belong to one such id."""
    return content_hash(package_files(composition))


def locked_composition(app: Path) -> str | None:
    """The id of the composition that ``app/config-schema.json`` was written for; None where there is none."""
    path = app / "config-schema.json"
    if not path.is_file():
        return None
    content = read_json_object(path, f"app/{path.name}", "run `portal lock`, which writes it again")
    return str(content.get("composition", ""))


def require_locked(composition: Composition, app: Path) -> None:
    """Refuse a composition that ``portal lock`` has not resolved."""
    expected, found = composition_id(composition), locked_composition(app)
    if found != expected:
        raise SituationError(
            "app/yarn.lock was made for another set of packages than portal.yaml asks for now"
            if found
            else "portal.yaml has no lock yet",
            "run `portal lock`, and commit app/yarn.lock and app/config-schema.json",
        )
