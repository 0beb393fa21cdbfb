"""JSON files that our own commands wrote. A damaged one is an error that names the command that writes it again."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from portal.base.errors import SituationError
from portal.base.json_types import is_mapping


def read_json_object(path: Path, name: str, fix: str, keys: Collection[str] = ()) -> dict[str, object]:
    """The object in a file. It has to have ``keys``. ``name`` is the file's name in errors, ``fix`` what to do then."""
    try:
        content: object = json.loads(path.read_text())
    except ValueError as error:
        raise _damaged(name, f"it is not JSON ({error})", fix) from error
    if not is_mapping(content):
        raise _damaged(name, "it does not hold a JSON object", fix)
    missing = [key for key in keys if key not in content]
    if missing:
        raise _damaged(name, f"it has no {', '.join(missing)}", fix)
    return dict(content)


def _damaged(name: str, how: str, fix: str) -> SituationError:
    return SituationError(f"the file is damaged: {how}", fix, where=name)
