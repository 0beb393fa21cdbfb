"""JSON files that our own commands wrote. A damaged one is an error that says what to do, or a cache that is empty.

Whoever reads one says what has to be in it. Nothing reads such a file in another way.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from portal.base.errors import SituationError
from portal.base.files import write_whole
from portal.base.json_types import is_mapping

T = TypeVar("T")


def read_state(path: Path, model: type[T], name: str, fix: str) -> T | None:
    """The content of a file that decides something. None if there is no file.

    SituationError if it is damaged. ``name`` is the file's name in errors, ``fix`` what to do then.
    """
    try:
        return _parsed(path, model)
    except ValidationError as error:
        raise _damaged(name, _in_words(error), fix) from error
    except OSError as error:
        raise _damaged(name, f"it cannot be read ({error.strerror})", fix) from error


def read_cache(path: Path, model: type[T]) -> T | None:
    """The content of a file that only saves work. None if there is no such file, or if it is damaged."""
    try:
        return _parsed(path, model)
    except (ValidationError, OSError):
        return None


def write_state(path: Path, content: object) -> None:
    """Write a file for ``read_state`` or ``read_cache``. Only its owner may read it."""
    write_whole(path, _adapter(type(content)).dump_json(content), 0o600)


def read_json_object(path: Path, name: str, fix: str, keys: Collection[str] = ()) -> dict[str, object]:
    """The object in a file. It has to have ``keys``. ``name`` is the file's name in errors, ``fix`` what to do then."""
    return parse_json_object(path.read_bytes(), name, fix, keys)


def parse_json_object(raw: bytes, name: str, fix: str, keys: Collection[str] = ()) -> dict[str, object]:
    """The object in the bytes of a file. See ``read_json_object``."""
    try:
        content: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        how = f"it is not JSON ({error})" if isinstance(error, ValueError) else "it is nested too deeply"
        raise _damaged(name, how, fix) from error
    if not is_mapping(content):
        raise _damaged(name, "it does not hold a JSON object", fix)
    missing = [key for key in keys if key not in content]
    if missing:
        raise _damaged(name, f"it has no {', '.join(missing)}", fix)
    return dict(content)


def _parsed(path: Path, model: type[T]) -> T | None:
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _adapter(model).validate_json(raw, strict=True)


@cache
def _adapter(model: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(model)


def _in_words(error: ValidationError) -> str:
    first: Any = error.errors(include_input=False, include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    message = str(first["msg"])
    return f"{key}: {message}" if key else message


def _damaged(name: str, how: str, fix: str) -> SituationError:
    return SituationError(f"the file is damaged: {how}", fix, where=name)
