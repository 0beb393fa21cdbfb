"""Change single keys and values of a YAML file in place. Every other byte stays, comments and line breaks included.

:func:`portal.stackfile.edit.edited` writes the whole file anew, and indents lists in its own way. What cannot be
changed in place is left to it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, TypeAlias

from ruamel.yaml import YAML

from portal.base.errors import InputError
from portal.base.json_types import is_mapping
from portal.base.yaml_document import Value, parse_document, value_at
from portal.stackfile.edit import REMOVED, KeyPath, end_of_value, with_changes

_Node: TypeAlias = Any  # ruamel.yaml has no types for its nodes
_INDENT = 2
_COMMENT = re.compile(r"(?:^|\s)#\s*(.*?)\s*$", re.MULTILINE)


def with_scalar(text: str, path: KeyPath, value: str) -> str:
    """The text with another plain value at a path that is there, and has a single value on one line."""
    node = _nodes(text, path)[-1][1]
    return text[: node.start_mark.index] + value + text[node.end_mark.index :]


def with_renamed(text: str, old: KeyPath, new: KeyPath) -> str | None:
    """The text with a key under another path: its value and its comments go along.

    ``old`` has to be there and ``new`` not. Mappings on the way are made where they are missing, and those of which
    nothing is left are removed, but for the first two parts of the path. Both paths have those in common. None if that
    is not possible without losing a comment.
    """
    wanted = _moved(_data(text), old, new)
    for attempt in (_in_line, _by_lines, _anew):
        with suppress(InputError, KeyError, TypeError):
            changed = attempt(text, old, new)
            if changed is not None and _data(changed) == wanted and _comments(changed) == _comments(text):
                return changed
    return None


def has(data: object, path: KeyPath) -> bool:
    """Whether a path is in a document's data."""
    for key in path:
        if not is_mapping(data) or key not in data:
            return False
        data = data[key]
    return True


def _data(text: str) -> dict[str, Value]:
    return parse_document(text.encode(), "").data


def _comments(text: str) -> list[str]:
    """What stands after each ``#``, in whichever order. A text that holds one is taken for a comment as well."""
    return sorted(_COMMENT.findall(text))


def _anew(text: str, old: KeyPath, new: KeyPath) -> str:
    """The text as a library writes it."""
    both = with_changes(text, {new: value_at(_data(text), old)})
    return with_changes(both, {_emptied(_data(both), old): REMOVED})


def _moved(data: dict[str, Value], old: KeyPath, new: KeyPath) -> dict[str, Value]:
    """The data with the value at another path."""
    both = _with(data, new, [value_at(data, old)])
    return _with(both, _emptied(both, old), None)


def _with(data: dict[str, Value], path: KeyPath, value: list[Value] | None) -> dict[str, Value]:
    """A copy with the one value at a path, or without the key if there is none."""
    key, *rest = path
    if not rest:
        kept = {name: inner for name, inner in data.items() if name != key}
        return kept if value is None else {**kept, key: value[0]}
    inner = data.get(key)
    return {**data, key: _with(inner if isinstance(inner, dict) else {}, tuple(rest), value)}


def _emptied(data: dict[str, Value], path: KeyPath) -> KeyPath:
    """The topmost key below the first part of a path that holds nothing else than what is at the path."""
    end = len(path)
    while end > 2 and len(_mapping(data, path[: end - 1])) == 1:
        end -= 1
    return path[:end]


def _mapping(data: dict[str, Value], path: KeyPath) -> dict[str, Value]:
    found: Value = value_at(data, path)
    return found if isinstance(found, dict) else {}


def _nodes(text: str, path: KeyPath) -> list[tuple[_Node, _Node]]:
    """The nodes of each key on a path, and those of their values. KeyError if a key is missing."""
    editor: Any = YAML(typ="rt", pure=True)
    node: _Node = editor.compose(text)
    found: list[tuple[_Node, _Node]] = []
    for part in path:
        pairs: list[tuple[_Node, _Node]] = node.value if node.id == "mapping" else []
        here = [(key, value) for key, value in pairs if key.value == part]
        if not here:
            raise KeyError(part)
        found += here
        node = found[-1][1]
    return found


def _in_line(text: str, old: KeyPath, new: KeyPath) -> str | None:
    """The text with another word for the key, if it stays in its mapping."""
    if old[:-1] != new[:-1]:
        return None
    key = _nodes(text, old)[-1][0]
    return text[: key.start_mark.index] + new[-1] + text[key.end_mark.index :]


def _by_lines(text: str, old: KeyPath, new: KeyPath) -> str | None:
    """The text with the lines of the key, and of the comment above it, in another mapping. None for ``{...}``."""
    keys: list[tuple[_Node, _Node]] = _nodes(text, old)
    if any(key.start_mark.line == value.start_mark.line and value.id == "mapping" for key, value in keys):
        return None
    lines = text.splitlines(keepends=True)
    begin, line, end, column = _lines_of(lines, keys[-1][0])
    name = lines[line]
    renamed = f"{name[:column]}{new[-1]}{name[keys[-1][0].end_mark.column :]}"
    block = [*lines[begin:line], renamed, *lines[line + 1 : end]]
    both = _inserted(text, new, [line[column:] if line.strip() else line for line in block])
    return None if both is None else _removed(both, old)


def _removed(text: str, path: KeyPath) -> str:
    """The text without the lines of a key, and without those of the mappings that are empty then."""
    emptied = _emptied(_data(text), path)
    lines = text.splitlines(keepends=True)
    begin, line, end, _ = _lines_of(lines, _nodes(text, emptied)[-1][0])
    # The comment above the key went along; one above a mapping around it stays.
    return "".join([*lines[: begin if emptied == path else line], *lines[end:]])


def _lines_of(lines: list[str], key: _Node) -> tuple[int, int, int, int]:
    """The first line of the comment above a key, its own line, the line after its value, and its column."""
    mark = key.start_mark
    begin, end = _with_comment(lines, mark.line, mark.column), end_of_value(lines, mark.line, mark.column)
    return begin, mark.line, end, mark.column


def _with_comment(lines: list[str], line: int, column: int) -> int:
    """The first line of the comment that stands directly above a key, as far in as the key."""
    while line and lines[line - 1].startswith(f"{' ' * column}#"):
        line -= 1
    return line


def _inserted(text: str, path: KeyPath, block: list[str]) -> str | None:
    """The text with lines at the end of the deepest mapping on a path that is there."""
    depth = len(path) - 1
    while depth:
        try:
            parent = _nodes(text, path[:depth])[-1][1]
            break
        except KeyError:
            depth -= 1
    else:
        return None
    if parent.id != "mapping" or parent.flow_style:
        return None
    last, lines = parent.value[-1][0].start_mark, text.splitlines(keepends=True)
    place = end_of_value(lines, last.line, last.column)
    column = last.column
    new: list[str] = []
    for name in path[depth:-1]:
        new.append(f"{' ' * column}{name}:\n")
        column += _INDENT
    new += [f"{' ' * column}{line}" if line.strip() else line for line in block]
    if place and not lines[place - 1].endswith("\n"):
        lines[place - 1] += "\n"
    return "".join([*lines[:place], *(line if line.endswith("\n") else f"{line}\n" for line in new), *lines[place:]])
