"""Addresses that stand in texts, and which networks their hosts are in, as clients read them.

For judging what a final app-config says, in any notation. What a setting may be, ``portal.base.address`` says.

A host can be written in many ways. Node's URL parser takes `2852039166`, `0xA9FEA9FE`, `0251.0376.0251.0376` and
full-width digits for 169.254.169.254 (https://url.spec.whatwg.org/#concept-ipv4-parser), and so does this module.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import unquote

# The ports of schemes that app-config uses for services.
SERVICE_PORTS = {
    "http": 80,
    "ws": 80,
    "https": 443,
    "wss": 443,
    "redis": 6379,
    "rediss": 6379,
    "valkey": 6379,
    "valkeys": 6379,
    "memcached": 11211,
    "postgres": 5432,
    "postgresql": 5432,
    "ldap": 389,
    "ldaps": 636,
    "amqp": 5672,
    "amqps": 5671,
    "nats": 4222,
    "smtp": 25,
    "smtps": 465,
    "mongodb": 27017,
    "kafka": 9092,
}

_ADDRESS = re.compile(r"(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*):[/\\]{2}([^\s/\\?#\"'<>|,;]*)", re.IGNORECASE)
_HOST_PORT = re.compile(r"(\[[^\]]*\]|[^:/\\\s]+):(\d{1,5})")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
# Services such as nip.io resolve names to the address that is in them.
_EMBEDDED = re.compile(r"(?<!\d)(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?!\d)")
_EMBEDDED_HEX = re.compile(r"(?:^|[.-])([0-9a-f]{8})\.")
_DNS_WITH_ADDRESSES = ("nip.io", "sslip.io", "xip.io", "localtest.me", "traefik.me")

# Where clouds give a machine its credentials.
# https://cloud.google.com/compute/docs/metadata/overview
# https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
# https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
_METADATA_NAMES = (
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
)
_METADATA_NETWORKS = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
        "fd00:ec2::/32",
        "fd20:ce::254/128",
    )
)
_CLUSTER_NAMES = (".svc", ".svc.cluster.local")


@dataclass(frozen=True)
class FoundAddress:
    """An address in a text. ``port`` is None if neither the text nor the scheme says it, ``user`` is the userinfo."""

    scheme: str
    host: str
    port: int | None
    user: str = ""

    @property
    def origin(self) -> str:
        """Scheme, host and port as in the text."""
        default = SERVICE_PORTS.get(self.scheme)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port not in {None, default} else "")


def addresses(text: str) -> Iterator[FoundAddress]:
    """Every ``scheme://host`` in a text. Addresses that have no host, or a port that is none, are left out."""
    # URL parsers drop tabs and newlines.
    for match in _ADDRESS.finditer(re.sub(r"[\t\r\n]", "", text)):
        scheme = match[1].lower()
        user, _, place = match[2].rpartition("@")
        host, port = _split(place)
        if host and port is not _NO_PORT:
            yield FoundAddress(scheme, host, port if port is not None else SERVICE_PORTS.get(scheme), user)


def host_and_port(text: str) -> FoundAddress | None:
    """The address of a whole text like ``host:8443``; None for anything else."""
    match = _HOST_PORT.fullmatch(text)
    if match is None or not 0 < int(match[2]) < 65536:
        return None
    return FoundAddress("", plain_host(match[1]), int(match[2]))


_NO_PORT = -1


def _split(place: str) -> tuple[str, int | None]:
    if place.startswith("["):
        inside, _, rest = place[1:].partition("]")
        host, port = inside, rest.removeprefix(":")
    else:
        host, _, port = place.partition(":")
    if not port:
        return plain_host(host), None
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else _NO_PORT
    return plain_host(host), number if 0 < number < 65536 else _NO_PORT


def plain_host(text: str) -> str:
    """A host as clients read it: percent signs decoded, wide letters narrow, lower case, no dot at the end."""
    host = unicodedata.normalize("NFKC", unquote(text)).replace("\u3002", ".").lower().strip().strip("[]")
    return host.rstrip(".")


def host_address(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is, in any notation; None for a name. IPv4 in IPv6 gives the IPv4 address."""
    plain = plain_host(host)
    try:
        found = ip_address(plain.partition("%")[0])
    except ValueError:
        return _ipv4(plain)
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or found.sixtofour or _translated(found) or found
    return found


def _translated(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address in a NAT64 or an IPv4-compatible address."""
    high, low = int(address) >> 32, int(address) & 0xFFFFFFFF
    return IPv4Address(low) if high == 0x64FF9B << 64 or (high == 0 and low > 1) else None


def _ipv4(host: str) -> IPv4Address | None:
    parts = host.split(".")
    if not 1 <= len(parts) <= 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        return None
    value = numbers[-1]
    if any(number > 255 for number in numbers[:-1]) or value >= 256 ** (5 - len(numbers)):
        return None
    for index, number in enumerate(numbers[:-1]):
        value += number << (8 * (3 - index))
    return IPv4Address(value)


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if len(text) > 1 and text.startswith("0") else int(text)


def is_metadata(host: str) -> bool:
    """Whether a host is a cloud's metadata service, or any other link-local address."""
    plain = plain_host(host)
    if plain in _METADATA_NAMES:
        return True
    found = host_address(plain)
    if found is not None:
        return any(found in network for network in _METADATA_NETWORKS if network.version == found.version)
    return any(is_metadata(inner) for inner in _embedded(plain))


def _embedded(host: str) -> Iterator[str]:
    for match in _EMBEDDED.finditer(host):
        yield ".".join(str(int(part)) for part in match.groups())
    if host.endswith(_DNS_WITH_ADDRESSES):
        yield from (f"0x{match[1]}" for match in _EMBEDDED_HEX.finditer(host))


def is_own_machine(host: str) -> bool:
    """Whether a host is the machine itself: a loopback address, ``localhost`` or a name below it."""
    plain = plain_host(host)
    if plain == "localhost" or plain.endswith(".localhost"):
        return True
    found = host_address(plain)
    return found is not None and found.is_loopback


def is_in_cluster(host: str) -> bool:
    """Whether a host is a Service of the cluster that asks, by its full name."""
    return plain_host(host).endswith(_CLUSTER_NAMES)
