"""What every model shares, and how a model's refusal becomes a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from portal.errors import InputError, closest, did_you_mean, quoted, raise_first
from portal.yaml_document import KeyPath, show_path


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


M = TypeVar("M", bound=Model)


def refusal(allowed: str, fix: str) -> PydanticCustomError:
    """What a validator raises: the allowed values and the fix, for one sentence with the place and the value."""
    return PydanticCustomError("portal_refusal", "{allowed}", {"allowed": allowed, "fix": fix})


def validated(model: type[M], data: object, where: Callable[[KeyPath], str], prefix: str = "") -> M:
    """``data`` as a ``model``, or every reason why not.

    ``where`` gives the place of a key; ``prefix`` precedes keys.
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
    path: KeyPath = tuple(detail["loc"])
    got, allowed, fix = _reason(model, detail, path)
    return InputError(where=where(path), key=f"{prefix}{show_path(path)}", got=got, allowed=allowed, fix=fix)


def _reason(model: type[Model], detail: ErrorDetails, path: KeyPath) -> tuple[str, str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        return "an unknown key", "one of " + ", ".join(sorted(known)), did_you_mean(str(path[-1]), known)
    if kind == "missing":
        return "nothing", f"a value for {path[-1]}", f"add `{path[-1]}:`"
    got = "a value" if "secrets" in path else quoted(detail["input"])
    if kind == "portal_refusal":
        return got, str(context["allowed"]), str(context["fix"])
    return got, _allowed(kind, context), "correct the value"


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
    }
    if kind in fixed:
        return fixed[kind]
    if kind in {"literal_error", "enum"}:
        return f"one of {context['expected']}".replace("'", "")
    bounds = {"greater_than_equal": ("ge", "or more"), "less_than_equal": ("le", "or less")}
    if kind in bounds:
        name, words = bounds[kind]
        return f"{context[name]} {words}"
    return kind.replace("_", " ")


def _keys_at(model: type[Model], path: KeyPath) -> list[str]:
    """The keys that a model takes at a path inside it."""
    current: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int) or current is None:
            continue
        field = next((f for n, f in current.model_fields.items() if part in {n, f.alias}), None)
        current = _model_in(field.annotation) if field is not None else current
    return [field.alias or name for name, field in current.model_fields.items()] if current is not None else []


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg)) is not None), None)
