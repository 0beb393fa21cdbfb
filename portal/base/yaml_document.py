"""Read the YAML that people write, as the Pulumi CLI reads it (YAML 1.2), with the line of every key.

The CLI uses Go's yaml.v3: ``off`` and ``12:30`` are strings, ``1.60`` is a number and ``0777`` is octal
(https://pkg.go.dev/gopkg.in/yaml.v3#section-readme, "Compatibility"). A document cannot grow without end: aliases are
expanded up to :data:`MAX_NODES` values, and values are nested up to :data:`MAX_DEPTH` levels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.reader import ReaderError

from portal.base.errors import InputError, SituationError, quoted
from portal.base.input_file import read_input
from portal.base.json_types import is_list, is_mapping

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"
_Node: TypeAlias = Any  # ruamel.yaml has no types for its nodes
_Composer: Any = Composer
KeyPath: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 1024 * 1024
MAX_NODES = 50_000
# Whoever reads a document goes through it level by level, and Python ends after a thousand calls.
MAX_DEPTH = 32

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d{2}:\d{2})?)?")
_CORE_TAGS = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Document:
    """One YAML file: its mapping, and the line of every key."""

    name: str
    data: dict[str, Value]
    _marks: Mapping[KeyPath, tuple[int, int]] = field(repr=False)

    def where(self, path: KeyPath) -> str:
        """``file:line`` of a key, or of its nearest parent in the file."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._marks:
                return f"{self.name}:{self._marks[path[:end]][0]}"
        return self.name


def read_document(path: Path, name: str) -> Document:
    """Read one file. ``name`` is its name in errors. An empty file is an error, since a mapping is expected."""
    return parse_document(read_input(path, name, MAX_BYTES), name)


def parse_document(raw: bytes, name: str) -> Document:
    """Parse the bytes of one document into a mapping that knows the line of every key."""
    known = _parsed(raw, name)
    return replace(known, data=deepcopy(known.data))


# Stacks share `portal.yaml`: a command that looks at many of them parses it once.
@lru_cache(maxsize=16)
def _parsed(raw: bytes, name: str) -> Document:
    root = _composed(raw, name, lambda loader, text: loader.compose(text))
    if root is None:
        raise SituationError("the file is empty", "write the first key, or restore the file", where=name)
    return _document(root, name)


def parse_documents(raw: bytes, name: str) -> tuple[Document, ...]:
    """Parse the bytes of a file of any number of documents, separated by ``---``. Empty documents are left out."""
    roots = _composed(raw, name, lambda loader, text: list(loader.compose_all(text)))
    return tuple(_document(root, name) for root in roots if not _is_empty(root))


def _composed(raw: bytes, name: str, compose: Callable[[Any, str], _Node]) -> _Node:
    """What ``compose`` makes of a text; every way in which it can be unreadable is a sentence."""
    if len(raw) > MAX_BYTES:
        raise SituationError(
            f"the file has {len(raw)} bytes, and at most {MAX_BYTES} are read",
            "remove everything that is not a setting",
            where=name,
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SituationError(
            f"the file is not UTF-8 (at byte {error.start})", "save it as UTF-8", where=name
        ) from error
    try:
        return compose(_loader(name), text)
    except MaxDepthExceededError as error:
        known: Any = error
        raise _too_deep(name, known.problem_mark.line + 1) from error
    except MarkedYAMLError as error:
        raise _broken(name, error) from error
    except ReaderError as error:
        unreadable: Any = error
        raise SituationError(
            f"the file holds the character U+{ord(text[unreadable.position]):04X}, which YAML does not allow",
            "remove it",
            where=f"{name}:{text.count(chr(10), 0, unreadable.position) + 1}",
        ) from error
    except (YAMLError, ValueError) as error:
        raise SituationError(f"the YAML is broken ({error})", "correct the file", where=name) from error
    except RecursionError as error:
        raise SituationError("values are nested too deeply", "use fewer levels", where=name) from error


def _is_empty(root: _Node) -> bool:
    return root is None or (root.id == "scalar" and root.style is None and resolve_scalar(root.value) is None)


def _document(root: _Node, name: str) -> Document:
    builder = _Builder(name)
    data = builder.value(root, ())
    if not isinstance(data, dict):
        raise SituationError(
            f"the file holds a {_kind(root)} instead of keys with values", "begin with `key: value`", where=name
        )
    return Document(name, data, builder.marks)


def resolve_scalar(text: str) -> Scalar:
    """What an unquoted word means, by the rules of Go's yaml.v3 when it decodes into ``interface{}``."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _DATE.fullmatch(text):
        return _timestamp(text)
    number = _integer(text.replace("_", ""))
    if number is not None:
        return number
    return float(text) if _FLOAT.fullmatch(text) else text


def _integer(text: str) -> int | None:
    """Go's ``strconv.ParseInt(text, 0, 64)``: prefixes 0x, 0o, 0b, and a leading 0 for octal."""
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-") if text[:1] in "+-" else text
    try:
        if re.fullmatch(r"0[0-7]+", digits):
            return sign * int(digits, 8)
        if re.fullmatch(r"0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+", digits):
            return sign * int(digits, 0)
    except ValueError:
        return None
    return None


def _timestamp(text: str) -> str:
    """A YAML timestamp as Go's JSON prints it (RFC 3339), or the text where it is no real date."""
    date, _, rest = text.replace("t", "T").replace(" ", "T").partition("T")
    year, month, day = date.split("-")
    time = rest.replace("Z", "+00:00")
    hour, _, tail = time.partition(":")
    padded = f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}:{tail}" if rest else "T00:00:00")
    try:
        read = datetime.fromisoformat(padded)  # noqa: TID251 - YAML means UTC where there is no zone
    except ValueError:
        return text
    if read.tzinfo is None:
        read = read.replace(tzinfo=UTC)
    return read.isoformat().replace("+00:00", "Z")


def _loader(name: str) -> Any:  # noqa: ANN401 - ruamel.yaml has no types
    """A YAML parser that ends at the limits instead of reading on."""

    class Bounded(_Composer):
        composed = 0

        def compose_node(self, parent: _Node, index: _Node) -> _Node:
            self.composed += 1
            if self.composed > MAX_NODES:
                raise _too_many(name, self.parser.peek_event().start_mark.line + 1)
            return _Composer.compose_node(self, parent, index)

    loader: Any = YAML(typ="safe", pure=True)
    loader.Composer = Bounded
    loader.max_depth = MAX_DEPTH
    return loader


def _too_deep(name: str, line: int) -> SituationError:
    return SituationError(
        f"values are nested more than {MAX_DEPTH} levels deep", "use fewer levels", where=f"{name}:{line}"
    )


def _too_many(name: str, line: int) -> SituationError:
    return SituationError(
        f"the file holds more than {MAX_NODES} keys and values",
        "remove everything that is not a setting",
        where=f"{name}:{line}",
    )


class _Builder:
    """Turns a node tree into plain values and remembers the line of each key. Counts what aliases multiply."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.marks: dict[KeyPath, tuple[int, int]] = {}
        self._nodes = 0
        self._open: list[_Node] = []

    def value(self, node: _Node, path: KeyPath) -> Value:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._at(
                node,
                path,
                f"aliases that expand to more than {MAX_NODES} values",
                "fewer values",
                "write the values out",
            )
        if any(node is one for one in self._open):
            raise self._at(node, path, "an alias that contains itself", "a value that ends", "remove the alias")
        if len(self._open) >= MAX_DEPTH:
            raise _too_deep(self.name, _place(node)[0])
        self._open.append(node)
        try:
            return self._value(node, path)
        finally:
            self._open.pop()

    def _value(self, node: _Node, path: KeyPath) -> Value:
        if node.tag is not None and not str(node.tag).startswith(_CORE_TAGS):
            raise self._at(node, path, f"the tag {node.tag}", "plain YAML without tags", "remove the tag")
        if node.id == "scalar":
            return resolve_scalar(node.value) if node.style is None else str(node.value)
        if node.id == "sequence":
            for index, item in enumerate(node.value):
                self.marks[(*path, index)] = _place(item)
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if node.id == "mapping":
            return self._mapping(node, path)
        raise self._at(node, path, f"a {node.id}", "a mapping, a list or a value", "rewrite it")

    def _mapping(self, node: _Node, path: KeyPath) -> dict[str, Value]:
        own: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if key_node.id != "scalar":
                raise self._at(key_node, path, f"a {_kind(key_node)} as a key", "a word", "write the key as a word")
            key = str(key_node.value)
            if key == "<<" and key_node.style is None:
                merged = self._merge(value_node, path, merged)
                continue
            if key in own:
                raise self._at(
                    key_node, (*path, key), "the key a second time", "each key once", "remove one of the two"
                )
            self.marks[(*path, key)] = _place(key_node)
            own[key] = self.value(value_node, (*path, key))
        return {**merged, **own}

    def _merge(self, node: _Node, path: KeyPath, merged: dict[str, Value]) -> dict[str, Value]:
        sources = node.value if node.id == "sequence" else [node]
        for source in sources:
            value = self.value(source, path)
            if not isinstance(value, dict):
                raise self._at(
                    source, path, "a merge of something that is not a mapping", "<<: *mapping", "remove the merge"
                )
            merged = {**value, **merged}
        return merged

    def _at(self, node: _Node, path: KeyPath, got: str, allowed: str, fix: str) -> InputError:
        line, _ = _place(node)
        return InputError(where=f"{self.name}:{line}", key=show_path(path), got=got, allowed=allowed, fix=fix)


def value_at(value: Any, path: KeyPath) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """The value at a path; None if it is not there."""
    for part in path:
        if is_mapping(value):
            value = value.get(str(part))
        elif is_list(value) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def show_path(path: KeyPath) -> str:
    """A key path as people write it: ``plugins[2].sentry``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def _place(node: _Node) -> tuple[int, int]:
    mark = node.start_mark
    return (mark.line + 1, mark.column + 1)


def _kind(node: _Node) -> str:
    return {"scalar": "single value", "sequence": "list", "mapping": "mapping"}.get(str(node.id), "value")


def _broken(name: str, error: MarkedYAMLError) -> SituationError:
    known: Any = error
    mark = known.problem_mark or known.context_mark
    place = f":{mark.line + 1}:{mark.column + 1}" if isinstance(mark, StringMark) else ""
    problem = str(known.problem or known.context or "it cannot be parsed").split("\n")[0]
    return SituationError(
        f"the YAML is broken ({quoted(problem).strip(chr(34))})",
        "check the indentation, colons and quotes there",
        where=f"{name}{place}",
    )
