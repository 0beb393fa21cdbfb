"""Files and folders that are there whole or not at all, whenever the command is interrupted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def made_whole(path: Path) -> Generator[Path]:
    """A free path beside ``path`` to make a file or a folder at. It takes its place at the end; a failure removes it.

    The name is of this process alone, so that two that make the same thing do not write into each other's.
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
    """Write a file. With ``mode`` it has those rights from the beginning, without it those of the file before."""
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
