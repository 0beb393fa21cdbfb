"""The addresses that the backend calls because of its app-config, and the ports that network policies let out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portal.appconfig.references import as_backstage_reads, texts
from portal.base.hosts import SERVICE_PORTS, FoundAddress, addresses, host_and_port, is_own_machine
from portal.base.yaml_document import KeyPath

# What is no call of the backend: the portal's own addresses, what browsers may load, and what people read.
_NOT_CALLED: tuple[tuple[str, ...], ...] = (
    ("app",),
    ("portal",),
    ("organization",),
    ("backend", "baseUrl"),
    ("backend", "cors"),
    ("backend", "csp"),
    ("backend", "listen"),
    ("backend", "database"),
)
# Keys with a list of `host:port` entries, or one of them.
_HOST_KEYS = {"host", "hosts", "brokers", "server", "servers", "endpoint", "endpoints", "address"}


def called_addresses(config: Mapping[str, Any], own: str) -> tuple[FoundAddress, ...]:
    """Every address in an app-config that the backend may call, each once. ``own`` is the portal's address.

    Addresses that are secret are not known. ``portal:egress`` lets their ports out.
    """
    found = (address for path, text in texts(config) for address in _in_text(path, text))
    return tuple(
        dict.fromkeys(one for one in found if not is_own_machine(one.host) and _origin_of(one) not in (None, own))
    )


def ports_called(called: Iterable[FoundAddress]) -> tuple[int, ...]:
    """The TCP ports of addresses, sorted, each once."""
    return tuple(sorted({one.port for one in called if one.port is not None}))


def _in_text(path: KeyPath, text: str) -> Iterator[FoundAddress]:
    if any(path[: len(free)] == free for free in _NOT_CALLED) or "$file" in path:
        return
    plain = as_backstage_reads(text)
    yield from addresses(plain)
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if key in _HOST_KEYS or key.endswith(("Host", "Hosts", "Endpoint", "Servers", "Brokers")):
        found = host_and_port(plain)
        if found is not None:
            yield found
        elif path[0] == "integrations" and plain and "://" not in plain:
            yield FoundAddress("https", plain, SERVICE_PORTS["https"])


def _origin_of(one: FoundAddress) -> str | None:
    return one.origin if one.host and not one.host.endswith(".invalid") else None
