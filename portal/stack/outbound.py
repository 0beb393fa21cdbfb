"""The TCP ports of addresses: a network policy knows no host names, so ports are what it can be told."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def ports_of(addresses: Iterable[str]) -> tuple[int, ...]:
    """In order, each once."""
    return tuple(sorted({_port(address) for address in addresses}))


def _port(address: str) -> int:
    parts = urlsplit(address)
    return parts.port or _PORTS.get(parts.scheme, 443)
