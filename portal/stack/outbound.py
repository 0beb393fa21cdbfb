"""The TCP ports of addresses. Network policies cannot name hosts, so they allow ports."""

from __future__ import annotations

from collections.abc import Iterable

from portal.base.address import read_address


def ports_of(addresses: Iterable[str]) -> tuple[int, ...]:
    """The ports, sorted, each once."""
    return tuple(sorted({read_address(address).tcp_port for address in addresses}))
