"""What installed code demands of a value that its config schema leaves open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portal.appconfig.references import mentions_environment
from portal.base.yaml_document import KeyPath


@dataclass(frozen=True)
class Problem:
    """What is wrong with a value: the key below it, and the words of the error."""

    path: KeyPath
    got: str
    allowed: str
    fix: str


@dataclass(frozen=True)
class Rule:
    """A demand on the values at a path of app-config. ``*`` is any key of a mapping, and ``[]`` any entry of a list."""

    package: str
    version: str
    source: str
    path: tuple[str, ...]
    problems: Callable[[Any], Iterator[Problem]]


def known_text(value: object) -> str | None:
    """A text whose value is written down. None for a secret, a variable, and what is no text."""
    return value if isinstance(value, str) and not mentions_environment(value) else None


def is_address(text: str) -> bool:
    """Whether a text is an address with a scheme that the backend calls, and a host."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https", "ws", "wss"} and bool(parts.hostname)
