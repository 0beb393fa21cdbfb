"""Fill the templates of records with the values of options and sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from portal.base.json_types import is_list, is_mapping

OptionValue = str | bool | int | list[str] | None

# `{organization}`, `{github.apiUrl}` and `{bitbucket-cloud.workspace}`, and not Backstage's own `${VARIABLE}`.
_PLACEHOLDER = re.compile(r"(?<!\$)\{((?:[a-z][a-z0-9-]*\.)?[a-z][A-Za-z0-9]*)\}")


def fill(template: Any, values: Mapping[str, OptionValue]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """``template`` with every ``{option}`` replaced.

    A key or item whose whole text is an option without a value is left out, and so is a list that becomes empty.
    Raises KeyError for a placeholder that is no option. That is a mistake in a record, and the record's test finds it.
    """
    if is_mapping(template):
        filled = {key: fill(value, values) for key, value in template.items()}
        return {key: value for key, value in filled.items() if not _is_absent(template[key], value)}
    if is_list(template):
        return [value for item in template if not _is_absent(item, value := fill(item, values))]
    if not isinstance(template, str):
        return template
    whole = _PLACEHOLDER.fullmatch(template)
    if whole:
        return values[whole.group(1)]
    return _PLACEHOLDER.sub(lambda match: str(values[match.group(1)]), template)


def placeholders(template: Any) -> set[str]:  # noqa: ANN401 - JSON in
    """The names of the options and values that a template mentions."""
    if is_mapping(template):
        return {name for value in template.values() for name in placeholders(value)}
    if is_list(template):
        return {name for item in template for name in placeholders(item)}
    return set(_PLACEHOLDER.findall(template)) if isinstance(template, str) else set()


def _is_absent(template: Any, value: Any) -> bool:  # noqa: ANN401 - JSON in
    return (value is None and isinstance(template, str)) or (is_list(template) and bool(template) and not value)
