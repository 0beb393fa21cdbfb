"""What an app-config refers to: environment variables and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath

# `${NAME}` and `${NAME:-default}`, not the escaped `$${NAME}`
# (https://backstage.io/docs/conf/writing#environment-variables).
_VARIABLE = re.compile(r"(\$?)\$\{([^{}]*)\}")


def mentions_environment(text: str) -> bool:
    """Whether a text has a variable in it, so that its value is not known yet."""
    return any(not match.group(1) for match in _VARIABLE.finditer(text))


def variables(text: str) -> list[tuple[str, bool]]:
    """The variables of a text, each with whether it has a default."""
    found = (match.group(2) for match in _VARIABLE.finditer(text) if not match.group(1))
    return [(name.split(":-")[0].strip(), ":-" in name) for name in found]


def as_backstage_reads(text: str) -> str:
    """A text after Backstage has put its variables in, where they are known: only defaults are.

    A variable of the deployment stays as it is, and ``$${`` becomes ``${``.
    """

    def value(match: re.Match[str]) -> str:
        if match.group(1):
            return match.group(0)[1:]
        _, has_default, default = match.group(2).partition(":-")
        return default.strip() if has_default else match.group(0)

    return _VARIABLE.sub(value, text)


def is_file_reference(value: object) -> bool:
    """Whether a value is ``{$file: PATH}``."""
    return is_mapping(value) and set(value) == {"$file"}


def texts(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:  # noqa: ANN401 - JSON in
    """Every text in an app-config, with its path. File names are texts too."""
    if is_mapping(value):
        for key, item in value.items():
            yield from texts(item, (*path, key))
    elif is_list(value):
        for index, item in enumerate(value):
            yield from texts(item, (*path, index))
    elif isinstance(value, str):
        yield path, value


def files(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:  # noqa: ANN401 - JSON in
    """Every ``$file`` in an app-config: the path of its key, and the name of the file."""
    for place, text in texts(value, path):
        if place and place[-1] == "$file":
            yield place[:-1], text
