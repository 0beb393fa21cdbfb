"""Files and folders that are complete or absent, even if the command is interrupted while it writes them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def made_whole(path: Path) -> Generator[Path]:
    """A path beside ``path`` to make a file or folder at. It replaces ``path`` in the end, or is removed on failure.

    Its name belongs to this process alone, so two processes that make the same thing do not write into one file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}-{os.getpid()}.partial")
    _remove(partial)
    try:
        yield partial
        if partial.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        partial.replace(path)
    finally:
        _remove(partial)


def write_whole(path: Path, content: str | bytes, mode: int | None = None) -> None:
    """Write a file. It has ``mode`` from the start; without one it has the mode of the file that it replaces."""
    with made_whole(path) as partial:
        if mode is not None:
            partial.touch(mode=mode)
        elif path.is_file():
            partial.touch(mode=0o600)
            shutil.copymode(path, partial)
        partial.write_bytes(content.encode() if isinstance(content, str) else content)


def _remove(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
    else:
        partial.unlink(missing_ok=True)
