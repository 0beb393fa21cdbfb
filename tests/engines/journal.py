"""What providers were asked, in order, in one file for all of them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.graph.wire import SECRET_SIGNATURE, SIGNATURE

# What changes something, if it is no preview.
CHANGES = ("Create", "Update", "Delete")


@dataclass(frozen=True)
class Entry:
    """That a call began, or ended. ``secrets`` are fingerprints of the texts that were marked as secret."""

    call: str
    urn: str
    ended: bool
    preview: bool
    secrets: frozenset[str]

    @property
    def changes(self) -> bool:
        """Whether something changed by it."""
        return self.call in CHANGES and not self.preview


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def secret_texts(value: object, *, inside: bool = False) -> Iterator[str]:
    """The texts of a value on the wire that are marked as secret."""
    if is_mapping(value):
        marked = value.get(SIGNATURE) == SECRET_SIGNATURE
        for key, item in value.items():
            if not marked or key == "value":
                yield from secret_texts(item, inside=inside or marked)
    elif is_list(value):
        for item in value:
            yield from secret_texts(item, inside=inside)
    elif inside and isinstance(value, str):
        yield value


@contextmanager
def written(file: Path, call: str, urn: str, *, preview: bool, properties: Mapping[str, Any]) -> Generator[None]:
    """Write that a call begins, and that it ended. Lines of several processes do not mix: each is one write."""
    secrets = sorted({fingerprint(text) for text in secret_texts(properties)})
    for ended in (False, True):
        line = json.dumps({"call": call, "urn": urn, "ended": ended, "preview": preview, "secrets": secrets})
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)
        if not ended:
            yield


def read(file: Path) -> list[Entry]:
    lines = file.read_text().splitlines() if file.is_file() else []
    return [_entry(json.loads(line)) for line in lines]


def _entry(found: Mapping[str, Any]) -> Entry:
    return Entry(found["call"], found["urn"], found["ended"], found["preview"], frozenset(found["secrets"]))
