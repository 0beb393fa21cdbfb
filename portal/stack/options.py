"""The options of a record, from ``portal.yaml`` and from a stack: known, of the right type, and complete."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portal.base.errors import InputError, did_you_mean, one_of, quoted
from portal.base.json_types import is_list
from portal.plugins.record import Option
from portal.plugins.template import OptionValue

_HOST = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
# Of names as the catalog takes them, in lower case, as Backstage compares references
# (https://backstage.io/docs/features/software-catalog/references).
_GROUP = re.compile(r"group:[a-z0-9]([-a-z0-9_.]{0,61}[a-z0-9])?/[a-z0-9]([-a-z0-9_.]{0,61}[a-z0-9])?")

KINDS = {
    "text": "text",
    "address": "an address with scheme and host",
    "host": "a host's name in lower case, without scheme, port or path",
    "boolean": "true or false",
    "integer": "a whole number",
    "names": "a list of names",
    "group": "a group of the catalog, as group:default/NAME in lower case",
}


@dataclass(frozen=True)
class Given:
    """Options as one file gives them. ``key`` is their key in errors, ``where`` gives the file and line of each."""

    values: Mapping[str, Any]
    key: str
    where: Callable[[str], str]


def resolve_options(options: Mapping[str, Option], layers: Iterable[Given]) -> dict[str, OptionValue]:
    """The value of every option, from the last layer that has one, or its default. InputError for a wrong value."""
    values: dict[str, OptionValue] = {name: option.default for name, option in options.items()}
    for given in layers:
        for name, value in given.values.items():
            values[name] = _checked(options, given, name, value)
    return values


def require_options(
    options: Mapping[str, Option],
    values: Mapping[str, OptionValue],
    key: str,
    where: Callable[[str], str],
    example: str,
) -> None:
    """Refuse a required option without a value. ``example`` is what to write, with ``{name}`` and ``{value}``."""
    for name, option in options.items():
        if option.required and values[name] is None:
            raise InputError(
                where=where(name),
                key=f"{key}.{name}",
                got="nothing",
                allowed=f"{KINDS[option.type]} ({_lower(option.description)})",
                fix=f"write `{example.format(name=name, value=option.example)}`",
            )


def _checked(options: Mapping[str, Option], given: Given, name: str, value: object) -> OptionValue:
    if name not in options:
        raise InputError(
            where=given.where(name),
            key=f"{given.key}.{name}",
            got="an unknown key",
            allowed=one_of(options) if options else "no options",
            fix=did_you_mean(name, options),
        )
    option = options[name]
    if not _fits(option, value):
        raise InputError(
            where=given.where(name),
            key=f"{given.key}.{name}",
            got=quoted(value),
            allowed=f"{KINDS[option.type]}, for example {option.example}",
            fix="correct the value",
        )
    return value  # pyright: ignore[reportReturnType] - _fits has checked it


def _fits(option: Option, value: object) -> bool:
    match option.type:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "address":
            return isinstance(value, str) and _is_address(value)
        case "host":
            return isinstance(value, str) and _HOST.fullmatch(value) is not None
        case "text":
            return isinstance(value, str) and value != ""
        case "names":
            return _are_names(value)
        case "group":
            return isinstance(value, str) and _GROUP.fullmatch(value) is not None


def _are_names(value: object) -> bool:
    names = value if is_list(value) else []
    return bool(names) and all(isinstance(name, str) and _NAME.fullmatch(name) for name in names)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or "@" in text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain and not text.endswith("/")


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
