"""Change keys of a stack file and leave everything else of it as its author wrote it: comments, order, quotes."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from portal.base.yaml_document import Value

KeyPath = tuple[str, ...]


def edited(path: Path, changes: Mapping[KeyPath, Value]) -> str:
    """The text of a file in which each key path has its new value; mappings on the way are made where they are missing.

    Writes nothing. The file has to be one that :func:`portal.stackfile.read.read_stack_file` accepts.
    """
    editor: Any = YAML(typ="rt", pure=True)
    editor.preserve_quotes = True
    # Else long values would be broken into several lines.
    editor.width = 4096
    content: Any = editor.load(path.read_text())
    for (*parents, last), value in changes.items():
        place = content
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = value
    stream = StringIO()
    editor.dump(content, stream)
    return stream.getvalue()
