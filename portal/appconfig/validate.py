"""Check an app-config against the merged config schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend  # pyright: ignore[reportUnknownVariableType] - it has no types

from portal.appconfig.references import is_file_reference, mentions_environment
from portal.appconfig.visibility import Schema, holds_secret, properties
from portal.base.errors import one_of, quoted
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath

# The schema's words for its types, as a person writes them.
_WORDS = {
    "boolean": "true or false",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "object": "a mapping of keys to values",
    "array": "a list",
    "null": "nothing",
}
NOTHING = "nothing"
UNDECLARED = "a key that no installed package declares"
# Stands for the content of a file, which is not known here.
_FILE = "${FILE}"


@dataclass(frozen=True)
class Finding:
    """One mismatch: the path in app-config, what was got, what is allowed, and the keys or words that are known there.

    ``shows_value``: what was got is a value of the app-config.
    """

    path: KeyPath
    got: str
    allowed: str
    known: tuple[str, ...] = ()
    shows_value: bool = False


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
    yield ValidationError(one_of(_WORDS.get(kind, kind) for kind in kinds))


def _as_text(instance: object) -> object:
    """A ``$file`` counts as a text: the content of the file."""
    return "text" if is_file_reference(instance) else instance


def _literal(_: object, allowed: object, instance: object, __: object) -> Iterator[ValidationError]:
    options = allowed if is_list(allowed) else [allowed]
    if isinstance(instance, str) and mentions_environment(instance):
        return
    if not any(instance == option or _same_coerced(instance, option) for option in options):
        yield ValidationError(one_of(_as_written(option) for option in options))


def _as_written(option: object) -> str:
    return option if isinstance(option, str) else json.dumps(option)


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
    """Every mismatch between an app-config and the schema, ordered by path. No value of a secret key is in one."""
    errors: Iterable[ValidationError] = _ConfigValidator(schema).iter_errors(_without_references(config))
    findings = [_without_secret(finding, schema) for error in errors for finding in _findings(error)]
    return sorted(set(findings), key=lambda finding: ([str(part) for part in finding.path], finding.got))


def _without_secret(finding: Finding, schema: Schema) -> Finding:
    if finding.shows_value and holds_secret(finding.path, schema):
        return replace(finding, got="a value that is not shown, as the key may hold a secret")
    return finding


def _without_references(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Replace each ``$file`` by a variable: its text is not known here either."""
    if is_file_reference(value):
        return _FILE
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
                yield Finding((*path, name), NOTHING, "a value, as the config schema requires one")
        case "additionalProperties":
            known = tuple(sorted(properties(error.schema)))
            for name in _undeclared(error):
                yield Finding((*path, name), UNDECLARED, one_of(known) or "no keys here", known)
        case "anyOf" | "oneOf":
            yield from _of_nearest_branch(error, path)
        case "pattern":
            yield _value_finding(path, error.instance, f"text that matches {error.validator_value}")
        case "minLength" | "minItems" | "minProperties":
            yield _value_finding(path, error.instance, f"{error.validator_value} or more of it")
        case "enum" | "const":
            known = tuple(map(_as_written, _options(error)))
            yield replace(_value_finding(path, error.instance, error.message), known=known)
        case "type":
            yield _value_finding(path, error.instance, error.message)
        case _:
            yield _value_finding(path, error.instance, f"what the config schema says ({error.validator})")


def _of_nearest_branch(error: ValidationError, path: KeyPath) -> Iterator[Finding]:
    """What is wrong in the alternative that is meant: the one that a ``type`` or such chooses, or else the nearest."""
    branches: dict[object, list[ValidationError]] = {}
    for child in error.context or ():
        branches.setdefault(child.schema_path[0], []).append(child)
    of_this_kind = [found for found in branches.values() if not any(_is_another_kind(child) for child in found)]
    if not of_this_kind:
        wanted = dict.fromkeys(child.message for found in branches.values() for child in found if not child.path)
        both = _WORDS["boolean"]
        words = [word for word in wanted if both not in wanted or word not in {"true", "false"}]
        yield _value_finding(path, error.instance, " or ".join(words) or "another value")
        return
    chosen = [found for found in of_this_kind if not any(_is_another_choice(child) for child in found)]
    if chosen:
        for child in min(chosen, key=len):
            yield from _findings(child)
        return
    choice = next(child for found in of_this_kind for child in found if _is_another_choice(child))
    same = [child for found in of_this_kind for child in found if child.path == choice.path]
    allowed = dict.fromkeys(_as_written(option) for child in same for option in _options(child))
    yield replace(_value_finding(tuple(choice.absolute_path), choice.instance, one_of(allowed)), known=tuple(allowed))


def _is_another_kind(child: ValidationError) -> bool:
    """Whether an alternative is for another type of value, such as a list instead of a mapping."""
    return not child.path and child.validator in {"type", "enum", "const"}


def _is_another_choice(child: ValidationError) -> bool:
    """Whether an alternative is for another word in a key that chooses between them."""
    return len(child.path) == 1 and child.validator in {"enum", "const"}


def _options(child: ValidationError) -> list[Any]:
    return list(child.validator_value) if is_list(child.validator_value) else [child.validator_value]


def _value_finding(path: KeyPath, value: object, allowed: str) -> Finding:
    got = "the content of a file" if value == _FILE else quoted(value)
    return Finding(path, got, allowed, shows_value=True)


def _missing(error: ValidationError) -> list[str]:
    instance = _mapping(error.instance)
    wanted = error.validator_value
    return [name for name in wanted if name not in instance] if is_list(wanted) else []


def _undeclared(error: ValidationError) -> list[str]:
    schema, instance = _mapping(error.schema), _mapping(error.instance)
    patterns = [re.compile(pattern) for pattern in schema.get("patternProperties", {})]
    declared = properties(schema)
    return [key for key in instance if key not in declared and not any(p.search(key) for p in patterns)]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if is_mapping(value) else {}
