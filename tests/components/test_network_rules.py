"""Whom pods may reach: never an address at which a node's own credentials can be read."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from components.network_rules import in_network, to_anywhere, to_dns, to_network
from portal.base.forbidden_networks import FORBIDDEN, LINK_LOCAL, is_forbidden


def left_out(cidr: str) -> list[str]:
    peer: Any = in_network(cidr)
    return list(peer["ip_block"].get("except_", []))


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "128.0.0.0/1", "169.0.0.0/8", "169.254.0.0/15", "::/0", "fe00::/7"])
def test_a_network_around_link_local_addresses_leaves_them_out(cidr: str) -> None:
    assert set(LINK_LOCAL) & set(left_out(cidr))
    # What the API server asks of an exception: it lies within the network, and is not all of it.
    outer = ip_network(cidr)
    for one in left_out(cidr):
        inner = ip_network(one)
        assert inner.version == outer.version
        assert inner.subnet_of(outer)  # pyright: ignore[reportArgumentType] - of the same version
        assert inner != outer


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "192.168.1.0/24", "2001:db8::/32"])
def test_a_network_without_any_has_no_exception(cidr: str) -> None:
    """An empty list is no exception either, but it would be another object."""
    peer: Any = in_network(cidr)
    assert peer == {"ip_block": {"cidr": cidr}}


def test_rules_for_any_address_and_for_a_network_have_the_exceptions() -> None:
    rules: list[Any] = [to_anywhere(443), to_network("0.0.0.0/0", [443])]
    assert all("169.254.0.0/16" in rule["to"][0]["ip_block"]["except_"] for rule in rules)


def test_dns_is_open_at_one_link_local_address_only() -> None:
    rule: Any = to_dns()
    assert [peer["ip_block"]["cidr"] for peer in rule["to"] if "ip_block" in peer] == ["169.254.20.10/32"]
    assert {port["port"] for port in rule["ports"]} == {53}


@pytest.mark.parametrize(
    "cidr",
    [
        *map(str, FORBIDDEN),
        *("169.254.169.254/32", "169.254.0.0/24", "fe80::1/128", "fd00:ec2::254/128"),
        # IPv6 that stands for an IPv4 address: mapped, compatible, translated.
        *("::ffff:169.254.169.254/128", "::ffff:a9fe:0/112", "::169.254.169.254/128", "64:ff9b::a9fe:a9fe/128"),
    ],
)
def test_a_network_of_nothing_else_is_forbidden(cidr: str) -> None:
    assert is_forbidden(cidr)


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "10.0.0.0/8", "169.0.0.0/8", "::/0", "::ffff:10.0.0.1/128", "fd00::/8"])
def test_others_are_not(cidr: str) -> None:
    assert not is_forbidden(cidr)
