"""Addresses that a portal never needs, and that give a node's own credentials to whoever asks: link-local, metadata.

Sources: https://www.rfc-editor.org/rfc/rfc3927 and https://www.rfc-editor.org/rfc/rfc4291#section-2.5.6 (link-local),
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html (IPv6 of AWS),
https://cloud.google.com/compute/docs/metadata/querying-metadata (IPv6 of Google Cloud),
https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network

LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")
# Instance metadata at addresses that are not link-local.
METADATA = ("100.100.100.200/32", "fd00:ec2::254/128", "fd20:ce::254/128")
FORBIDDEN: tuple[Network, ...] = tuple(ip_network(text) for text in (*LINK_LOCAL, *METADATA))

# IPv6 networks whose last 32 bits are an IPv4 address: mapped (RFC 4291), compatible (RFC 4291), translated (RFC 6052).
_WITH_IPV4_INSIDE = tuple(IPv6Network(text) for text in ("::ffff:0:0/96", "::/96", "64:ff9b::/96"))


def forbidden_inside(cidr: str) -> list[str]:
    """The forbidden networks within a network, in the same notation. They are its exceptions in a network policy."""
    network = ip_network(cidr)
    return [str(one) for one in FORBIDDEN if _holds(network, one) and one != network]


def is_forbidden(cidr: str) -> bool:
    """Whether every address of a network is forbidden, also where IPv6 stands for an IPv4 address."""
    given = ip_network(cidr)
    return any(_holds(one, network) for network in (given, _as_ipv4(given)) for one in FORBIDDEN)


def _holds(outer: Network, inner: Network) -> bool:
    if isinstance(outer, IPv4Network):
        return isinstance(inner, IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and inner.subnet_of(outer)


def _as_ipv4(network: Network) -> Network:
    if isinstance(network, IPv6Network) and any(_holds(one, network) for one in _WITH_IPV4_INSIDE):
        first = IPv4Address(int(network.network_address) & 0xFFFFFFFF)
        return IPv4Network((first, network.prefixlen - 96))
    return network
