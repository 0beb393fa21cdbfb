"""Change keys of a stack file and leave everything else of it as its author wrote it: comments, order, quotes."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from portal.base.json_types import is_list, is_mapping
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
    text = with_changes(path.read_text("utf-8"), changes)
    parse_document(text.encode(), path.name)
    return text


def with_changes(text: str, changes: Mapping[KeyPath, Value | Removed]) -> str:
    """The same for a text. It may have become too long to be read again."""
    for key_path, value in changes.items():
        if isinstance(value, Removed):
            text = _without(text, key_path)
    given = {key_path: value for key_path, value in changes.items() if not isinstance(value, Removed)}
    return _with(text, given) if given else text


def as_edited(text: str) -> str:
    """A new file's text in the form that it keeps when it is edited."""
    editor = _editor()
    return _dumped(editor, editor.load(text))


def _editor() -> Any:  # noqa: ANN401 - the library has no types
    editor: Any = YAML(typ="rt", pure=True)
    editor.preserve_quotes = True
    # Else long values would be broken into several lines.
    editor.width = 4096
    return editor


def _with(text: str, changes: Mapping[KeyPath, Value]) -> str:
    editor = _editor()
    content: Any = editor.load(text)
    for (*parents, last), value in changes.items():
        place = content
        for key in parents:
            # A key without a value is there, and is None.
            if place.get(key) is None:
                place[key] = {}
            place = place[key]
        place[last] = _in_place(place.get(last), value)
    return _dumped(editor, content)


def _in_place(old: Any, value: Value) -> Any:  # noqa: ANN401 - the library has no types
    """A value in the form of the one before: what stays in it keeps its comments, its style and its place."""
    if is_mapping(old) and is_mapping(value):
        found: Any = old
        for key in [key for key in old if key not in value]:
            del found[key]
        for key, item in value.items():
            found[key] = _in_place(found.get(key), item)
        return found
    if is_list(old) and is_list(value) and len(old) == len(value):
        listed: Any = old
        for index, item in enumerate(value):
            listed[index] = _in_place(listed[index], item)
        return listed
    return old if old == value else value


def _without(text: str, key_path: KeyPath) -> str:
    """Take a key away with its own lines. The library would take the comment below along, which is of the next key."""
    editor = _editor()
    content: Any = editor.load(text)
    *parents, last = key_path
    place: Any = content
    for key in parents:
        place = place.get(key) if is_mapping(place) else None
    if not is_mapping(place) or last not in place:
        return text
    found: Any = place
    line, column = (int(number) for number in found.lc.key(last))
    found.pop(last)
    popped = _dumped(editor, content)
    lines = text.splitlines(keepends=True)
    shorter = "".join([*lines[:line], *lines[end_of_value(lines, line, column) :]])
    # In one line with others, a key has no lines of its own.
    return shorter if _same(shorter, popped) else popped


def end_of_value(lines: list[str], line: int, column: int) -> int:
    """The line after the value of a key, without the blank lines and comments that follow it."""
    end = here = line + 1
    while here < len(lines):
        stripped = lines[here].strip()
        indent = len(lines[here]) - len(lines[here].lstrip())
        if stripped and not stripped.startswith("#"):
            if indent < column or (indent == column and not stripped.startswith("- ")):
                break
            end = here + 1
        here += 1
    return end


def _same(text: str, other: str) -> bool:
    try:
        return bool(_editor().load(text) == _editor().load(other))
    except YAMLError:
        return False


def _dumped(editor: Any, content: Any) -> str:  # noqa: ANN401 - the library has no types
    stream = StringIO()
    editor.dump(content, stream)
    return stream.getvalue()
