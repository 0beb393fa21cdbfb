"""Whether ``portal lock`` has resolved a composition. Reads files only, and runs no tool."""

from __future__ import annotations

import re
from pathlib import Path

from portal.base.canonical import content_hash
from portal.base.errors import SituationError
from portal.release.composition import Composition
from portal.release.config_schemas import ConfigSchemas, read_config_schemas
from portal.release.package_files import package_files

# https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
_MARKERS = (b"<<<<<<<", b">>>>>>>", b"|||||||")
_CONFLICT = re.compile(rb"^(<{7}|>{7}|\|{7})( |$)", re.MULTILINE)


def composition_id(composition: Composition) -> str:
    """The hash of the generated package.json files. A lock and a config schema belong to one such id."""
    return content_hash(package_files(composition))


def locked_composition(app: Path) -> str | None:
    """The id of the composition that ``app/config-schema.json`` was written for; None where there is none."""
    schemas = _locked_schemas(app)
    return schemas.composition if schemas is not None else None


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
    # A lock has a megabyte, which takes the pattern alone as long as all the rest of a plan.
    conflict = _CONFLICT.search(raw) if any(marker in raw for marker in _MARKERS) else None
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


def require_locked(composition: Composition, app: Path) -> ConfigSchemas:
    """The config schemas of a composition. SituationError if ``portal lock`` has not resolved it."""
    require_readable_lock(app)
    schemas = _locked_schemas(app)
    if schemas is None or schemas.composition != composition_id(composition):
        raise SituationError(
            "app/yarn.lock was made for another set of packages than portal.yaml asks for now"
            if schemas is not None and schemas.composition
            else "portal.yaml has no lock yet",
            "run `portal lock`, and commit the files in app/ that it writes",
        )
    return schemas


def _locked_schemas(app: Path) -> ConfigSchemas | None:
    path = app / "config-schema.json"
    if not path.is_file():
        return None
    return read_config_schemas(path, f"app/{path.name}", "run `portal lock`, which writes it again")
