"""Whether ``portal lock`` has resolved a composition. Reads files only, and runs no tool."""

from __future__ import annotations

import re
from pathlib import Path

from portal.base.canonical import content_hash
from portal.base.errors import SituationError
from portal.base.json_file import read_json_object
from portal.release.composition import Composition
from portal.release.package_files import package_files

# https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
_CONFLICT = re.compile(rb"^(<{7}|>{7}|\|{7})( |$)", re.MULTILINE)


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


def require_readable_lock(app: Path) -> None:
    """Refuse an ``app/yarn.lock`` that Yarn could not read: one with both sides of a merge, or no lock at all.

    Of a missing one nothing is said: there may be none yet.
    """
    path = app / "yarn.lock"
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise SituationError(
            f"the file cannot be read ({error.strerror})", "correct it", where="app/yarn.lock"
        ) from error
    conflict = _CONFLICT.search(raw)
    if conflict is not None:
        line = raw.count(b"\n", 0, conflict.start()) + 1
        raise SituationError(
            "both sides of a merge are in the file, with Git's markers",
            "take one side (`git checkout --theirs app/yarn.lock app/config-schema.json`), and run `portal lock`",
            where=f"app/yarn.lock:{line}",
        )
    if b"__metadata:" not in raw:
        raise SituationError(
            "the file is not a lock of Yarn's",
            "restore it from Git, or delete it and run `portal lock`",
            where="app/yarn.lock",
        )


def require_locked(composition: Composition, app: Path) -> None:
    """Refuse a composition that ``portal lock`` has not resolved."""
    require_readable_lock(app)
    expected, found = composition_id(composition), locked_composition(app)
    if found != expected:
        raise SituationError(
            "app/yarn.lock was made for another set of packages than portal.yaml asks for now"
            if found
            else "portal.yaml has no lock yet",
            "run `portal lock`, and commit the files in app/ that it writes",
        )
