"""The TCP ports of addresses. Network policies cannot name hosts, so they allow ports."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def ports_of(addresses: Iterable[str]) -> tuple[int, ...]:
    """The ports, sorted, each once."""
    return tuple(sorted({_port(address) for address in addresses}))


def _port(address: str) -> int:
    parts = urlsplit(address)
    return parts.port or _PORTS.get(parts.scheme, 443)
