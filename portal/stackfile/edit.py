"""Change keys of a stack file and leave everything else of it as its author wrote it: comments, order, quotes."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from portal.base.yaml_document import Value, parse_document

KeyPath = tuple[str, ...]


class Removed:
    """In place of a new value: the key is to go."""


REMOVED = Removed()


def edited(path: Path, changes: Mapping[KeyPath, Value | Removed]) -> str:
    """The text of a file in which each key path has its new value; mappings on the way are made where they are missing.

    Writes nothing. The file has to be one that :func:`portal.stackfile.read.read_stack_file` accepts. InputError if the
    new text would not be one, as it might be too long.
    """
    editor: Any = YAML(typ="rt", pure=True)
    editor.preserve_quotes = True
    # Else long values would be broken into several lines.
    editor.width = 4096
    content: Any = editor.load(path.read_text("utf-8"))
    for (*parents, last), value in changes.items():
        place = content
        for key in parents:
            # A key without a value is there, and is None.
            if place.get(key) is None:
                place[key] = {}
            place = place[key]
        if isinstance(value, Removed):
            place.pop(last, None)
        else:
            place[last] = value
    stream = StringIO()
    editor.dump(content, stream)
    text = stream.getvalue()
    parse_document(text.encode(), path.name)
    return text
