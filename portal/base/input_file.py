"""Read a file that a person may have put there: what is no file, or far too long, is a sentence and not a wait."""

from __future__ import annotations

import stat
from pathlib import Path

from portal.base.errors import SituationError

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_input(path: Path, name: str, limit: int, fix: str | None = None) -> bytes:
    """The content of a file of at most ``limit`` bytes. ``name`` is its name in errors, ``fix`` what to do then.

    SituationError if it is missing, too long, or something that has no end. Without ``fix``, the errors are those of a
    file of settings.
    """
    try:
        require_file(path, name, fix)
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise SituationError(f"the file cannot be read ({error.strerror})", fix or _fix(path), where=name) from error
    if len(raw) > limit:
        size = max(path.stat().st_size, len(raw))
        raise SituationError(
            f"the file has {size} bytes, and at most {limit} are read",
            fix or "remove everything that is not a setting",
            where=name,
        )
    return raw


def _fix(path: Path) -> str:
    """What to do about a file that cannot be read. YAML has two usual endings, and only one of them is looked for."""
    other = {".yaml": ".yml", ".yml": ".yaml"}.get(path.suffix)
    if other is not None and path.with_suffix(other).is_file() and not path.exists():
        return f"rename {path.with_suffix(other).name} to {path.name}"
    return "create it, or correct its name or its rights"


def require_file(path: Path, name: str, fix: str | None = None) -> None:
    """Refuse what is no ordinary file, without opening it. OSError if there is nothing at all."""
    try:
        mode = path.stat().st_mode
    except OSError:
        if path.is_symlink():
            raise SituationError(
                f"it is a link to {path.readlink()}, and nothing is there",
                fix or "write the file, or make the link point to it",
                where=name,
            ) from None
        raise
    for is_kind, words in _KINDS:
        if is_kind(mode):
            raise SituationError(f"it is {words}, not a file", fix or "put a file in its place", where=name)
