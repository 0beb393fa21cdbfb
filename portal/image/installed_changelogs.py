"""The changelogs of packages that ``portal lock`` has just installed. They are read as text; nothing of them runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from portal.image.unlocked_packages import installed_packages
from portal.release.changelog import Change, changes_between
from portal.release.difference import VersionChange
from portal.release.manifest import SCOPE
from portal.release.release_versions import is_release, parsed

# The longest of Backstage's has a megabyte: they are never shortened.
_SCOPES = (SCOPE, "@backstage-community/")
READ_BYTES = 4 * 2**20


def changes_in(workspace: Path, packages: Sequence[VersionChange]) -> dict[str, list[Change]]:
    """What the changelogs of plugins and of Backstage's packages say between the versions of a change, by package.

    ``workspace`` is a folder with Yarn's ``node_modules`` of the newer versions. Packages without a changelog are left
    out, and new ones.
    """
    folders = dict(installed_packages(workspace))
    found = {
        one.name: _changes(one, folders)
        for one in packages
        if one.before and one.after and one.name.startswith(_SCOPES)
    }
    return {name: changes for name, changes in sorted(found.items()) if changes}


def _changes(one: VersionChange, folders: Mapping[str, Path]) -> list[Change]:
    before, after = (sorted(filter(is_release, versions), key=parsed) for versions in (one.before, one.after))
    folder = folders.get(f"{one.name}@{after[-1]}") if before and after else None
    return changes_between(_text(folder / "CHANGELOG.md"), before[0], after[-1]) if folder is not None else []


def _text(path: Path) -> str:
    if not path.is_file() or path.is_symlink():
        return ""
    with path.open("rb") as file:
        return file.read(READ_BYTES).decode("utf-8", "replace")
