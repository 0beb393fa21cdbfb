"""What every model shares, and how a model's refusal becomes a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from portal.base.echo import names_a_secret
from portal.base.errors import InputError, closest, did_you_mean, one_of, quoted, raise_first
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, show_path


class Model(BaseModel):
    """A frozen model whose keys are camelCase in files and whose unknown keys are errors."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    elsewhere: ClassVar[Mapping[str, str]] = {}
    """What to do about keys that people write here and that belong somewhere else, by their names."""


M = TypeVar("M", bound=Model)

# Keys whose values no error repeats. Somebody may have written a private key where its public half belongs.
# or a token where its name does.
_NEVER_SHOWN = frozenset({"secrets", "secretsManager", "signedBy"})
# Nobody reads a longer list of keys twice.
_MANY = 12
# How a shape is written, by pydantic's words for one that does not fit.
_FORMS = {
    "string_type": "put it in quotes",
    "bool_type": "write true or false, without quotes",
    "bool_parsing": "write true or false, without quotes",
    "int_type": "write the number alone",
    "int_parsing": "write the number alone",
    "int_from_float": "write a whole number",
    "dict_type": "write its keys below it, each with its value",
    "mapping_type": "write its keys below it, each with its value",
    "model_type": "write its keys below it, each with its value",
    "model_attributes_type": "write its keys below it, each with its value",
    "tuple_type": "write it as a list, each entry behind `- `",
    "list_type": "write it as a list, each entry behind `- `",
}


def refusal(allowed: str, fix: str) -> PydanticCustomError:
    """What a validator raises: the allowed values and the fix. The sentence adds the location and the value."""
    return PydanticCustomError("portal_refusal", "{allowed}", {"allowed": allowed, "fix": fix})


def validated(model: type[M], data: object, where: Callable[[KeyPath], str], prefix: str = "") -> M:
    """``data`` as a ``model``, or every reason why not.

    ``where`` gives the file and line of a key; ``prefix`` stands before each key in errors.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        misspelt = {_meant(model, detail) for detail in details if detail["type"] == "extra_forbidden"}
        # A required key that is there under a wrong name is one mistake, not two.
        details = [detail for detail in details if detail["type"] != "missing" or detail["loc"] not in misspelt]
        raise_first(_sentence(model, detail, where, prefix) for detail in details)
        raise


def _meant(model: type[Model], detail: ErrorDetails) -> KeyPath:
    path: KeyPath = tuple(detail["loc"])
    return (*path[:-1], *closest(str(path[-1]), _keys_at(model, path[:-1])))


def _sentence(model: type[Model], detail: ErrorDetails, where: Callable[[KeyPath], str], prefix: str) -> InputError:
    path = _without_tags(model, tuple(detail["loc"]))
    got, allowed, fix = _reason(model, detail, path)
    if detail["type"] == "union_tag_invalid":
        path = (*path, str(detail.get("ctx", {})["discriminator"]).strip("'"))
    return InputError(where=where(path), key=f"{prefix}{show_path(path)}", got=got, allowed=allowed, fix=fix)


def _reason(model: type[Model], detail: ErrorDetails, path: KeyPath) -> tuple[str, str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        parent, name = tuple(detail["loc"])[:-1], str(path[-1])
        known = _keys_at(model, parent)
        fix = _elsewhere(model, parent).get(name) or did_you_mean(name, known)
        if names_a_secret(name) and isinstance(detail["input"], str):
            fix = f"remove it, and have a new one issued, as everybody who can read the file has seen it; {fix}"
        # The fix lists them all if it knows nothing better.
        allowed = one_of(sorted(known)) if len(known) <= _MANY else f"one of the {len(known)} keys that there are"
        return "an unknown key", allowed, fix
    if kind == "missing":
        return "nothing", f"a value for {path[-1]}", f"add `{path[-1]}:`"
    if kind == "union_tag_invalid":
        tags = str(context["expected_tags"]).replace("'", "")
        return quoted(context["tag"]), one_of(tags.split(", ")), did_you_mean(str(context["tag"]), tags.split(", "))
    got = "a value" if _NEVER_SHOWN.intersection(path) else quoted(detail["input"])
    if kind == "portal_refusal":
        got = "nothing" if detail["input"] is None else got
        return got, str(context["allowed"]), str(context["fix"])
    if detail["input"] is None and kind in _FORMS:
        return "nothing", _allowed(kind, context), "write a value, or remove the line"
    if kind == "string_type" and (is_mapping(detail["input"]) or is_list(detail["input"])):
        return got, "text", f"write one text ({path[-1]}: ...)"
    return got, _allowed(kind, context), _FORMS.get(kind, "correct the value")


def _allowed(kind: str, context: Mapping[str, Any]) -> str:
    fixed = {
        "string_type": "text (quote it if it looks like a number)",
        "bool_type": "true or false",
        "bool_parsing": "true or false",
        "int_type": "a whole number",
        "int_parsing": "a whole number",
        "int_from_float": "a whole number",
        "dict_type": "a mapping of keys to values",
        "mapping_type": "a mapping of keys to values",
        "model_type": "a mapping of keys to values",
        "model_attributes_type": "a mapping of keys to values",
        "tuple_type": "a list",
        "list_type": "a list",
        "string_too_short": "text that is not empty",
        "too_short": "a list that is not empty",
        "string_pattern_mismatch": f"text that matches {context.get('pattern', '')}",
    }
    if kind in fixed:
        return fixed[kind]
    if kind in {"literal_error", "enum"}:
        return str(context["expected"]).replace("'", "")
    bounds = {"greater_than_equal": ("ge", "or more"), "less_than_equal": ("le", "or less")}
    if kind in bounds:
        name, words = bounds[kind]
        return f"{context[name]} {words}"
    return kind.replace("_", " ")


def _keys_at(model: type[Model], path: KeyPath) -> list[str]:
    """The keys that a model takes at a path inside it."""
    current = _model_at(model, path)
    return [field.alias or name for name, field in current.model_fields.items()] if current is not None else []


def _elsewhere(model: type[Model], path: KeyPath) -> Mapping[str, str]:
    current = _model_at(model, path)
    return current.elsewhere if current is not None and issubclass(current, Model) else {}


def _model_at(model: type[Model], path: KeyPath) -> type[BaseModel] | None:
    return next((last for _, last in reversed(list(_walk(model, path)))), model)


def _without_tags(model: type[Model], path: KeyPath) -> KeyPath:
    """A path as it is in the file: pydantic puts the chosen member of a union into it."""
    return tuple(part for part, _ in _walk(model, path) if part is not None)


def _walk(model: type[Model], path: KeyPath) -> Iterator[tuple[str | int | None, type[BaseModel] | None]]:
    """Every part of a path with the model that its keys belong to; None for the tag of a union's member."""
    current: type[BaseModel] | None = model
    union: object = None
    for part in path:
        if union is not None:
            current, union = _member(union, part), None
            yield None, current
            continue
        field = _field(current, part)
        if field is not None:
            union = field.annotation if field.discriminator is not None else None
            current = _model_in(field.annotation)
        # For a default that does not fit, pydantic gives the field's name instead of its alias.
        yield (field.alias or part) if field is not None else part, current


def _field(model: type[BaseModel] | None, part: str | int) -> FieldInfo | None:
    if model is None or isinstance(part, int):
        return None
    return next((field for name, field in model.model_fields.items() if part in {name, field.alias}), None)


def _member(union: object, tag: str | int) -> type[BaseModel] | None:
    """The member of a discriminated union whose literals have the tag."""
    for member in get_args(union):
        if isinstance(member, type) and issubclass(member, BaseModel):
            literals = [value for field in member.model_fields.values() for value in get_args(field.annotation)]
            if tag in literals:
                return member
    return None


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg)) is not None), None)
