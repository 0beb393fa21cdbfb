"""The reference pages of ``portal.yaml`` and of a stack's file: a table and an example for each section."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docs.generate.schemas import Schema, foundation_keys, portal_file_keys, stack_keys
from docs.generate.sections import (
    FOUNDATION,
    PORTAL_FILE,
    STACK,
    Section,
    foundation_example,
    portal_example,
    stack_example,
)
from portal.base.json_types import is_mapping


def portal_file() -> Iterator[str]:
    """The page of ``portal.yaml``."""
    schema = portal_file_keys()
    yield f"{schema['description']}"
    yield "The file is in the root folder of the checkout. For completion in editors, there is a schema:"
    yield "[portal.schema.json](portal.schema.json)."
    yield ""
    for section in PORTAL_FILE:
        yield from _section(section, schema, "", portal_example)


def stack_file() -> Iterator[str]:
    """The page of a stack's file."""
    schema = stack_keys()
    yield f"{schema['description']}"
    yield "For completion in editors, there is a schema: [stack.schema.json](stack.schema.json). In the tables, `NAME`"
    yield "stands for a name such as a plugin's, `[]` for an item of a list, and `(external)` marks a key that only the"
    yield "database engine `external` has."
    yield ""
    for section in STACK:
        yield from _section(section, schema, "portal:", stack_example)


def foundation_file() -> Iterator[str]:
    """The page of the same file for a stack that portals share."""
    schema = foundation_keys()
    yield f"{schema['description']}"
    yield "One such stack is enough for an account and a region. A portal's stack takes ids only, so it can also use"
    yield "what other teams have made. For completion in editors, there is a schema:"
    yield "[foundation.schema.json](foundation.schema.json)."
    yield ""
    for section in FOUNDATION:
        yield from _section(section, schema, "portal:", foundation_example)


def _section(section: Section, schema: Schema, prefix: str, example: Callable[[Section], Path]) -> Iterator[str]:
    yield f"## {section.title}"
    yield ""
    if section.about:
        yield section.about
        yield ""
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    chosen = {key: schema["properties"][key] for key in section.keys}
    yield from _rows({**schema, "properties": chosen}, schema["$defs"], prefix)
    yield ""
    yield from ("```yaml", example(section).read_text("utf-8").rstrip(), "```")
    yield ""


def _rows(schema: Schema, definitions: Schema, prefix: str) -> Iterator[str]:
    required = schema.get("required", [])
    for key, value in schema["properties"].items():
        inner = _inner(value, definitions)
        default = "required" if key in required else _default(value, inner)
        meaning = str(value.get("description") or (inner["description"] if inner is not None else ""))
        yield f"| `{prefix}{key}` | {kind_of(value, inner)} | {default} | {cell(meaning)} |"
        if inner is not None and "properties" in inner:
            yield from _rows(inner, definitions, f"{prefix}{key}.")
        for tag, member in value.get("discriminator", {}).get("mapping", {}).items():
            yield from _rows(definitions[member.rsplit("/", 1)[-1]], definitions, f"{prefix}{key}({tag}).")
        for container, step in (("items", "[]"), ("additionalProperties", ".NAME")):
            each = _inner(value.get(container), definitions)
            if each is not None and "properties" in each:
                yield from _rows(each, definitions, f"{prefix}{key}{step}.")


def _inner(value: object, definitions: Schema) -> Schema | None:
    """The model that a value is of; what takes the place of one in a schema may be a truth value."""
    if not is_mapping(value):
        return None
    references: list[str] = [one.get("$ref", "") for one in (value, *value.get("anyOf", []))]
    return next((definitions.get(one.rsplit("/", 1)[-1]) for one in references if one), None)


def kind_of(value: Schema, inner: Schema | None) -> str:
    """The type of a value, in words."""
    if inner is not None or "discriminator" in value:
        return "mapping"
    if "anyOf" in value:
        return " or ".join(kind_of(one, None) for one in value["anyOf"])
    if "enum" in value or "const" in value:
        return " or ".join(f"`{item}`" for item in value.get("enum", [value.get("const")]))
    shown = {"string": "text", "object": "mapping", "array": "list", "boolean": "`true` or `false`"}
    found = shown.get(value.get("type", ""), "a whole number")
    if "minimum" in value:
        return f"{found}, {value['minimum']} to {value['maximum']}"
    return found


def _default(value: Schema, inner: Schema | None) -> str:
    default: Any = value.get("default")
    if inner is not None or default in (None, [], {}) or "discriminator" in value:
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def cell(text: str) -> str:
    """A text as the cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
