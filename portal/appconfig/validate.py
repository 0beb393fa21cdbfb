"""Check an app-config against the merged config schema, and find the keys that the browser gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend  # pyright: ignore[reportUnknownVariableType] - it has no types

from portal.appconfig.references import is_file_reference, mentions_environment
from portal.base.errors import one_of
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """One mismatch: the path in app-config, what was got, what is allowed, and the keys that are known there."""

    path: KeyPath
    got: str
    allowed: str
    known: tuple[str, ...] = ()


def _coerces(kind: str, value: object) -> bool:
    """Whether Ajv with ``coerceTypes`` would convert a scalar to a type (https://ajv.js.org/coercion.html)."""
    text = value if isinstance(value, str) else None
    if text is not None and mentions_environment(text):
        return True
    match kind:
        case "string":
            return isinstance(value, str | int | float | bool) or value is None
        case "boolean":
            return isinstance(value, bool) or value in (0, 1, "true", "false", None)
        case "number":
            return isinstance(value, int | float) or value is None or _is_number(text)
        case "integer":
            if isinstance(value, float):
                return value.is_integer()
            return isinstance(value, int) or value is None or (_is_number(text) and float(text or "0").is_integer())
        case "null":
            return value in (None, "", 0, False)
        case _:
            return False


def _is_number(text: str | None) -> bool:
    return text is not None and re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", text) is not None


def _type(_: object, wanted: str | list[str], instance: object, __: object) -> Iterator[ValidationError]:
    kinds = [wanted] if isinstance(wanted, str) else wanted
    structural = {"object": dict, "array": list}
    for kind in kinds:
        fits = isinstance(instance, structural[kind]) if kind in structural else _coerces(kind, _as_text(instance))
        if fits and (kind in structural or not is_list(instance) or is_file_reference(instance)):
            if kind not in structural and is_mapping(instance) and not is_file_reference(instance):
                continue
            return
    yield ValidationError(f"{' or '.join(kinds)}")


def _as_text(instance: object) -> object:
    """A ``$file`` counts as a text: the content of the file."""
    return "text" if is_file_reference(instance) else instance


def _literal(_: object, allowed: object, instance: object, __: object) -> Iterator[ValidationError]:
    options = allowed if is_list(allowed) else [allowed]
    if isinstance(instance, str) and mentions_environment(instance):
        return
    if not any(instance == option or _same_coerced(instance, option) for option in options):
        yield ValidationError(one_of(str(option) for option in options))


def _const(validator: object, allowed: object, instance: object, schema: object) -> Iterator[ValidationError]:
    yield from _literal(validator, [allowed], instance, schema)


def _same_coerced(instance: object, option: object) -> bool:
    if isinstance(option, bool):
        return instance in ("true", "false") and (instance == "true") is option
    return isinstance(instance, str | int | float) and not isinstance(instance, bool) and str(instance) == str(option)


_ConfigValidator: Any = extend(  # pyright: ignore[reportUnknownVariableType]
    Draft7Validator, {"type": _type, "enum": _literal, "const": _const}
)


def schema_findings(config: Mapping[str, Any], schema: Schema) -> list[Finding]:
    """Every mismatch between an app-config and the schema, ordered by path."""
    errors: Iterable[ValidationError] = _ConfigValidator(schema).iter_errors(_without_references(config))
    findings = [finding for error in errors for finding in _findings(error)]
    return sorted(set(findings), key=lambda finding: ([str(part) for part in finding.path], finding.got))


def _without_references(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Replace each ``$file`` by a variable: its text is not known here either."""
    if is_file_reference(value):
        return "${FILE}"
    if is_mapping(value):
        return {key: _without_references(item) for key, item in value.items()}
    if is_list(value):
        return [_without_references(item) for item in value]
    return value


def _findings(error: ValidationError) -> Iterator[Finding]:
    path: KeyPath = tuple(error.absolute_path)
    match error.validator:
        case "required":
            for name in _missing(error):
                yield Finding((*path, name), "nothing", "a value, as the config schema requires one")
        case "additionalProperties":
            known = tuple(sorted(_mapping(error.schema).get("properties", {})))
            for name in _undeclared(error):
                yield Finding(
                    (*path, name), "a key that no installed package declares", one_of(known) or "no keys here", known
                )
        case "anyOf" | "oneOf":
            branches = [child for child in error.context or () if child.validator != "type"] or list(
                error.context or ()
            )
            allowed = " or ".join(dict.fromkeys(child.message for child in branches))
            yield Finding(path, _shown(error.instance), allowed)
        case _:
            yield Finding(path, _shown(error.instance), error.message)


def _missing(error: ValidationError) -> list[str]:
    instance = _mapping(error.instance)
    wanted = error.validator_value
    return [name for name in wanted if name not in instance] if is_list(wanted) else []


def _undeclared(error: ValidationError) -> list[str]:
    schema, instance = _mapping(error.schema), _mapping(error.instance)
    patterns = [re.compile(pattern) for pattern in schema.get("patternProperties", {})]
    declared = schema.get("properties", {})
    return [key for key in instance if key not in declared and not any(p.search(key) for p in patterns)]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if is_mapping(value) else {}


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def secret_paths(config: Mapping[str, Any], schema: Schema) -> list[KeyPath]:
    """The scalar keys and the ``$file`` references of an app-config that the schema calls secret.

    They are those with the visibility secret, and everything below such a key.
    """
    return list(_visible(config, [schema], (), "secret", inherited=False))


def frontend_paths(config: Mapping[str, Any], schema: Schema) -> list[KeyPath]:
    """The scalar keys of an app-config that Backstage sends to every browser, even before sign-in."""
    return list(_visible(config, [schema], (), "frontend", inherited=False))


def _visible(value: object, schemas: list[Schema], path: KeyPath, word: str, *, inherited: bool) -> Iterable[KeyPath]:
    visible = inherited or any(schema.get("visibility") == word for schema in schemas)
    # A frontend key shows itself alone. A secret one is secret with all that is in it.
    deep = (
        inherited or any(schema.get("deepVisibility") == word for schema in schemas) or (visible and word == "secret")
    )
    if is_mapping(value) and not is_file_reference(value):
        for key, item in value.items():
            yield from _visible(item, _below(schemas, key), (*path, key), word, inherited=deep)
    elif is_list(value):
        items = [part for schema in schemas for part in _alternatives(schema.get("items"))]
        for index, item in enumerate(value):
            yield from _visible(item, items, (*path, index), word, inherited=deep)
    elif visible:
        yield path


def _below(schemas: list[Schema], key: str) -> list[Schema]:
    found: list[Schema] = []
    for schema in schemas:
        declared = _mapping(schema.get("properties")).get(key)
        found.extend(_alternatives(declared if declared is not None else schema.get("additionalProperties")))
    return found


def _alternatives(schema: object) -> list[Schema]:
    """A schema and its branches. A key that is visible in one branch is visible."""
    if not is_mapping(schema):
        return []
    branches = [branch for key in ("anyOf", "oneOf") for branch in schema.get(key, ())]
    return [schema, *(part for branch in branches for part in _alternatives(branch))]
