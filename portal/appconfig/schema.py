"""Merge the config schemas of many packages into one, as Backstage's ``config:check --strict`` does.

The rules are those of @backstage/config-loader 1.10 (``schema/compile``): a merged schema has the properties of all
schemas; an object that declares properties allows no others; of several visibilities of a key, the most specific one
wins. ``tests/e2e`` compares the results with Backstage's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.base.json_types import is_list, is_mapping

Schema = dict[str, Any]

# Keywords whose value is a schema of its own, and those that hold many.
_ONE = ("items", "not", "additionalProperties", "if", "then", "else", "contains", "propertyNames")
_LISTS = ("anyOf", "oneOf", "allOf")
_MAPS = ("properties", "patternProperties", "definitions")


def merged_schema(packages: Iterable[Mapping[str, Any]]) -> Schema:
    """The schema that a complete app-config has to match. ``packages`` are ``{package, schema}``."""
    merged: Schema = {"type": "object"}
    for entry in packages:
        merged = _merge(merged, _inlined(entry["schema"], entry["schema"].get("definitions", {})))
    return _closed(merged)


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """A schema with ``$ref``s to its own definitions written out, and with ``allOf`` merged into it."""
    if is_list(schema):
        return [_inlined(item, definitions) for item in schema]
    if not is_mapping(schema):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/definitions/"):
        name = reference.removeprefix("#/definitions/")
        # A definition that contains itself allows anything below its second level. Backstage has nothing deeper.
        inner = {key: value for key, value in definitions.items() if key != name}
        return _inlined(definitions[name], inner) if name in definitions else {}
    plain = {
        key: _inlined(value, definitions)
        for key, value in schema.items()
        if key not in {"$schema", "definitions", "allOf"}
    }
    for part in schema.get("allOf", ()):
        plain = _merge(plain, _inlined(part, definitions))
    return plain


def _merge(left: Mapping[str, Any], right: Mapping[str, Any]) -> Schema:
    """One schema with the properties and keywords of both."""
    merged = dict(left)
    for key, value in right.items():
        merged[key] = _merge_keyword(key, merged[key], value) if key in merged else value
    return merged


def _merge_keyword(key: str, left: Any, right: Any) -> Any:  # noqa: ANN401, PLR0911 - JSON; one line a keyword
    match key:
        case "properties" | "patternProperties":
            return {
                name: _merge(left[name], right[name])
                if name in left and name in right
                else left.get(name, right.get(name))
                for name in dict.fromkeys([*left, *right])
            }
        case "required":
            return sorted({*left, *right})
        case "type":
            return _types_in_both(left, right)
        case "enum":
            return [value for value in left if value in right]
        case "items" | "additionalProperties":
            if is_mapping(left) and is_mapping(right):
                return _merge(left, right)
            return left if is_mapping(left) else right
        case "visibility" | "deepVisibility":
            return _most_specific(left, right)
        case "anyOf" | "oneOf":
            return left + right if left != right else left
        case _:
            return left


def _types_in_both(left: str | Sequence[str], right: str | Sequence[str]) -> str | list[str]:
    lefts = [left] if isinstance(left, str) else list(left)
    rights = [right] if isinstance(right, str) else list(right)
    both = [kind for kind in lefts if kind in rights]
    return both[0] if len(both) == 1 else both or lefts


def _most_specific(left: str, right: str) -> str:
    return next((word for word in ("frontend", "secret", "backend") if word in {left, right}), left)


def _closed(schema: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """The schema with undeclared keys forbidden in every object that declares any."""
    if not is_mapping(schema):
        return schema
    closed = dict(schema)
    for key in _ONE:
        if is_mapping(closed.get(key)):
            closed[key] = _closed(closed[key])
    for key in _LISTS:
        if key in closed:
            closed[key] = [_closed(item) for item in closed[key]]
    for key in _MAPS:
        if key in closed:
            closed[key] = {name: _closed(item) for name, item in closed[key].items()}
    declares = bool(closed.get("properties")) or bool(closed.get("patternProperties"))
    if closed.get("additionalProperties") == {}:
        closed["additionalProperties"] = True
    if closed.get("type") == "object" and declares and not closed.get("additionalProperties"):
        closed["additionalProperties"] = False
    return closed
