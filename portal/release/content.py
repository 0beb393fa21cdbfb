"""The files below ``content/``: what a portal's image holds, besides the app."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from portal.base.input_file import read_input
from portal.base.yaml_document import MAX_BYTES, Document, parse_documents
from portal.contract import APP_FOLDER

FOLDER = "content"


@dataclass(frozen=True)
class Content:
    """The content of a checkout, as its image gets it. A file is read when it is asked for, and never written.

    Names are relative to the checkout, and to the app's folder in the image: ``content/catalog/all.yaml``.
    """

    root: Path

    def files(self, pattern: str) -> list[str]:
        """The files that a name stands for. The catalog takes patterns too, as in ``content/teams/*.yaml``."""
        try:
            found = list(self.root.glob(pattern)) if in_content(pattern) else []
        except ValueError:  # a pattern that is none
            found = []
        return sorted(str(path.relative_to(self.root)) for path in found if path.is_file())

    def documents(self, name: str) -> tuple[Document, ...]:
        """The documents of a YAML file, with their lines. InputError for what the catalog could not read."""
        return _documents(read_input(self.root / name, name, MAX_BYTES), name)


def content_name(target: str, folder: str = "") -> str:
    """The name of a file that is named in app-config (``folder`` is empty), or by a file in ``folder``.

    Backstage starts in the app's folder. It reads a target of a Location entity relative to the entity's file only if
    the target begins with a dot, and otherwise from the app's folder as well.

    Source: plugin-catalog-backend 4.0.0, providers/ConfigLocationEntityProvider and processing/util (toAbsoluteUrl).
    """
    base = posixpath.join(APP_FOLDER, folder) if target.startswith(".") else APP_FOLDER
    return posixpath.relpath(posixpath.join(base, target), APP_FOLDER)


def in_content(name: str) -> bool:
    """Whether the image has files of that name: those below ``content/``."""
    return posixpath.normpath(name).startswith(f"{FOLDER}/")


@lru_cache(maxsize=1024)
def _documents(raw: bytes, name: str) -> tuple[Document, ...]:
    return parse_documents(raw, name)
