"""Which keys of an app-config the browser gets, and which hold secrets, by the ``visibility`` of the config schema.

Source: https://backstage.io/docs/conf/defining#visibility
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portal.appconfig.references import is_file_reference
from portal.base.echo import names_a_secret
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath

Schema = Mapping[str, Any]
_SECRET = "secret"  # noqa: S105 - a word of the schema


def frontend_paths(config: Mapping[str, Any], schema: Schema) -> list[KeyPath]:
    """The scalar keys of an app-config that Backstage sends to every browser, even before sign-in."""
    return list(_visible(config, [schema], (), "frontend", inherited=False))


def secret_paths(config: Mapping[str, Any], schema: Schema) -> list[KeyPath]:
    """The scalar keys and the ``$file`` references of an app-config that the schema calls secret.

    They are those with the visibility secret, and everything below such a key.
    """
    return list(_visible(config, [schema], (), _SECRET, inherited=False))


def holds_secret(path: KeyPath, schema: Schema) -> bool:
    """Whether a key holds a secret by the schema, or lies in or above one that does.

    No value of such a key may be in a sentence: what stands there instead of a mapping may be the secret itself.
    A key whose name says so holds one too.
    """
    if any(names_a_secret(part) for part in path):
        return True
    schemas = [schema]
    for part in path:
        if any(one.get("deepVisibility") == _SECRET or one.get("visibility") == _SECRET for one in schemas):
            return True
        schemas = _items(schemas) if isinstance(part, int) else _below(schemas, part)
    return any(_declares_secret(one) for one in schemas)


def schemas_at(path: KeyPath, schema: Schema) -> list[Schema]:
    """The schemas of the values at a path: one, and those of its alternatives. Empty if nothing declares it."""
    schemas = _alternatives(schema)
    for part in path:
        schemas = _items(schemas) if isinstance(part, int) else _below(schemas, part)
    return schemas


def _declares_secret(schema: object) -> bool:
    """Whether a schema, or one below it, is of a secret."""
    if is_list(schema):
        return any(_declares_secret(item) for item in schema)
    if not is_mapping(schema):
        return False
    own = _SECRET in {schema.get("visibility"), schema.get("deepVisibility")}
    return own or any(_declares_secret(value) for value in schema.values())


def _visible(value: object, schemas: list[Schema], path: KeyPath, word: str, *, inherited: bool) -> Iterator[KeyPath]:
    visible = inherited or any(schema.get("visibility") == word for schema in schemas)
    # A frontend key shows itself alone. A secret one is secret with all that is in it.
    deep = inherited or any(schema.get("deepVisibility") == word for schema in schemas) or (visible and word == _SECRET)
    if is_mapping(value) and not is_file_reference(value):
        for key, item in value.items():
            yield from _visible(item, _below(schemas, key), (*path, key), word, inherited=deep)
    elif is_list(value):
        for index, item in enumerate(value):
            yield from _visible(item, _items(schemas), (*path, index), word, inherited=deep)
    elif visible:
        yield path


def _items(schemas: Iterable[Schema]) -> list[Schema]:
    return [part for schema in schemas for part in _alternatives(schema.get("items"))]


def _below(schemas: Iterable[Schema], key: str) -> list[Schema]:
    found: list[Schema] = []
    for schema in schemas:
        declared = properties(schema).get(key)
        found.extend(_alternatives(declared if declared is not None else schema.get("additionalProperties")))
    return found


def properties(schema: object) -> Mapping[str, Any]:
    """The properties that a schema declares itself."""
    declared: object = schema.get("properties") if is_mapping(schema) else None
    return declared if is_mapping(declared) else {}


def _alternatives(schema: object) -> list[Schema]:
    """A schema and its branches. What holds in one branch holds."""
    if not is_mapping(schema):
        return []
    branches = [branch for key in ("anyOf", "oneOf") for branch in schema.get(key, ())]
    return [schema, *(part for branch in branches for part in _alternatives(branch))]
