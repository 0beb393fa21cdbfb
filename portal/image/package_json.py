"""Read the package.json of an installed package. Resolves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from portal.base.json_types import is_list, is_mapping


def package_json(folder: Path) -> Mapping[str, Any]:
    """The content of the package.json in ``folder``. Empty if the file is missing or damaged."""
    try:
        content: object = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if is_mapping(content) else {}


def texts(value: object) -> Iterator[str]:
    """All strings in a value of the file, such as ``exports``, at any depth. Does not return keys."""
    if isinstance(value, str):
        yield value
    elif is_mapping(value):
        for item in value.values():
            yield from texts(item)
    elif is_list(value):
        for item in value:
            yield from texts(item)
