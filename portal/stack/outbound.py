"""The TCP ports that a portal's backend calls out there, from the addresses of what it is connected to."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from portal.models.portal_file import PortalFile
from portal.stack.plugins import StackPlugin
from portal.stack.sources import StackGithub

_PORTS = {"http": 80, "https": 443}


def outbound_ports(plugins: Mapping[str, StackPlugin], github: StackGithub, portal: PortalFile) -> tuple[int, ...]:
    """In order. A network policy knows no host names: the ports of all of them are what it can be told."""
    addresses = [host for plugin in plugins.values() for host in plugin.outbound_hosts]
    addresses += github.outbound_hosts
    addresses += [location.url for location in portal.catalog.locations if location.url is not None]
    return tuple(sorted({_port(address) for address in addresses}))


def _port(address: str) -> int:
    parts = urlsplit(address)
    return parts.port or _PORTS.get(parts.scheme, 443)
