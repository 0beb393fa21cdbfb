"""Files and folders that are complete or absent, even if the command is killed or the disk is full meanwhile."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from portal.base.process_id import alive

_PARTIAL = ".partial"


@contextmanager
def made_whole(path: Path) -> Generator[Path]:
    """A path beside ``path`` to make a file or folder at. It replaces ``path`` in the end, or is removed on failure.

    Its name belongs to this process alone, so two processes that make the same thing do not write into one file. What
    a process that was killed left behind is removed when the same thing is made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}-{os.getpid()}{_PARTIAL}")
    _remove(partial)
    _remove_abandoned(path)
    try:
        yield partial
        if partial.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        partial.replace(path)
    finally:
        _remove(partial)


def write_whole(path: Path, content: str | bytes, mode: int | None = None) -> None:
    """Write a file: afterwards it has all of the new content, or all of the old, even after a power failure.

    It has ``mode`` from the start; without one it has the mode of the file that it replaces. A link stays, and the file
    that it points to is replaced. OSError if it cannot be written.
    """
    target = path.resolve() if path.is_symlink() else path
    raw = content.encode() if isinstance(content, str) else content
    try:
        # Nobody else may read it before it has its mode.
        with made_whole(target) as partial, open(partial, "xb", opener=_private) as file:
            _set_mode(file.fileno(), target, mode)
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(target.parent)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, f"{error.strerror}; nothing was changed in this file", str(path)) from error


def delete_whole(path: Path) -> list[Path]:
    """Delete a file, or a folder with everything in it, and return what is still there: nothing if all went well.

    It does not follow links. Files that cannot be deleted do not keep the others.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return [] if not os.path.lexists(path) else sorted(path.rglob("*")) or [path]
    with suppress(OSError):
        path.unlink(missing_ok=True)
    return [path] if os.path.lexists(path) else []


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _set_mode(descriptor: int, target: Path, mode: int | None) -> None:
    if mode is None:
        try:
            mode = target.stat().st_mode & 0o7777
        except FileNotFoundError:
            mask = os.umask(0)
            os.umask(mask)
            mode = 0o666 & ~mask
    os.fchmod(descriptor, mode)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power failure. Some file systems know no such thing for folders."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_abandoned(path: Path) -> None:
    """Remove what killed processes left of the same file. What a living one makes stays."""
    begin = f".{path.name}-"
    for other in path.parent.glob(f".*{_PARTIAL}"):
        process = other.name.removeprefix(begin).removesuffix(_PARTIAL)
        if other.name.startswith(begin) and process.isdecimal() and not alive(int(process)):
            _remove(other)


def _remove(partial: Path) -> None:
    if partial.is_dir() and not partial.is_symlink():
        shutil.rmtree(partial, ignore_errors=True)
    else:
        partial.unlink(missing_ok=True)
