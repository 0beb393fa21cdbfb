"""The options of a record, from ``portal.yaml`` and from a stack: known, of the right type, and complete."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.base.address import AddressError, read_address, require_host
from portal.base.echo import has_controls, names_a_secret
from portal.base.errors import InputError, did_you_mean, one_of, quoted
from portal.base.json_types import is_list
from portal.plugins.record import Option
from portal.plugins.template import OptionValue

# The names of organizations, groups and projects, as they are part of an address.
_SLUG = re.compile(r"[A-Za-z0-9_]([-A-Za-z0-9_.]{0,98}[A-Za-z0-9_])?")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+")
# Of names as the catalog takes them, in lower case, as Backstage compares references
# (https://backstage.io/docs/features/software-catalog/references).
_GROUP = re.compile(r"group:[a-z0-9]([-a-z0-9_.]{0,61}[a-z0-9])?/[a-z0-9]([-a-z0-9_.]{0,61}[a-z0-9])?")

KINDS = {
    "text": "one line of text",
    "slug": "a name of letters, digits, dashes, dots and underscores, as it is in addresses",
    "address": "an address with scheme and host",
    "host": "a host's name in lower case, without scheme, port or path",
    "boolean": "true or false",
    "integer": "a whole number",
    "names": "a list of names",
    "domains": "a list of domains in lower case, each as it stands behind the @",
    "group": "a group of the catalog, as group:default/NAME in lower case",
}

# How a value of each kind is written.
_FORMS = {
    "text": "write one line of text",
    "boolean": "write true or false, without quotes",
    "integer": "write the number alone",
    "names": "write the names as a list ([shop, payments])",
    "domains": "write each as it stands behind the @ ([acme.example])",
    "group": "write its whole name (group:default/platform)",
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
    fix = _fix(option, value)
    if fix is not None:
        raise InputError(
            where=given.where(name),
            key=f"{given.key}.{name}",
            got="a value that is not shown" if names_a_secret(name) else quoted(value),
            allowed=f"{KINDS[option.type]}, for example {option.example}",
            fix=fix,
        )
    return value  # pyright: ignore[reportReturnType] - _fix has checked it


def _fix(option: Option, value: object) -> str | None:
    """What is to be done about a value that does not fit; None for one that does."""
    match option.type:
        case "boolean":
            fits = isinstance(value, bool)
        case "integer":
            fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
        case "address":
            return _fix_of_address(value)
        case "host":
            return _fix_of_host(value)
        case "slug":
            return _fix_of_slug(value)
        case "text":
            fits = isinstance(value, str) and value.strip() != "" and not has_controls(value)
        case "names":
            fits = _are_names(value)
        case "domains":
            fits = _are_domains(value)
        case "group":
            fits = isinstance(value, str) and _GROUP.fullmatch(value) is not None
    return None if fits else _FORMS[option.type]


def _fix_of_slug(value: object) -> str | None:
    if not isinstance(value, str):
        return "put it in quotes"
    if _SLUG.fullmatch(value):
        return None
    last = value.rstrip("/").rpartition("/")[2]
    return f"write {last}" if "/" in value and _SLUG.fullmatch(last) else "write its name alone"


def _are_names(value: object) -> bool:
    names = value if is_list(value) else []
    return bool(names) and all(isinstance(name, str) and _NAME.fullmatch(name) for name in names)


def _are_domains(value: object) -> bool:
    domains = value if is_list(value) else []
    return bool(domains) and all(isinstance(domain, str) and is_domain(domain) for domain in domains)


def is_domain(text: str) -> bool:
    """Whether a text is a domain in lower case, as it stands behind the @ of an email address."""
    return _DOMAIN.fullmatch(text) is not None


def _fix_of_address(value: object) -> str | None:
    if not isinstance(value, str):
        return "put it in quotes"
    try:
        address = read_address(value)
    except AddressError as error:
        return error.fix
    if value.endswith("/"):
        return f"write {value.rstrip('/')}"
    return "remove the part from ? on" if "?" in value or address.query else None


def _fix_of_host(value: object) -> str | None:
    if not isinstance(value, str):
        return "put it in quotes"
    try:
        host = require_host(value)
    except AddressError as error:
        return error.fix
    return None if "." in host else "write the whole name of the host, or its IPv4 address"


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
