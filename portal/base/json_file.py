"""JSON files that our own commands wrote: a damaged one is told, with the command that writes it anew."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from portal.base.errors import InputError
from portal.base.json_types import is_mapping


def read_json_object(path: Path, name: str, fix: str, keys: Collection[str] = ()) -> dict[str, object]:
    """The object in a file, which has ``keys``; ``name`` is how the InputError calls the file, ``fix`` its advice."""
    try:
        content: object = json.loads(path.read_text())
    except ValueError as error:
        raise _damaged(name, f"no JSON ({error})", fix) from error
    if not is_mapping(content):
        raise _damaged(name, "JSON that is no object", fix)
    missing = [key for key in keys if key not in content]
    if missing:
        raise _damaged(name, f"no {', '.join(missing)} in it", fix)
    return dict(content)


def _damaged(name: str, got: str, fix: str) -> InputError:
    return InputError(where=name, key="", got=got, allowed="the file as it was written", fix=fix)
