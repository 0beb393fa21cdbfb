"""The subnets of a VPC follow from its CIDR, and from nothing else."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from portal.aws.subnets import LARGEST_VPC, SMALLEST_VPC, ZONES, subnet_cidrs

SIZES = range(LARGEST_VPC, SMALLEST_VPC + 1)


def networks(vpc: str) -> dict[str, list[IPv4Network]]:
    found = subnet_cidrs(vpc)
    return {role: [IPv4Network(one) for one in getattr(found, role)] for role in ("public", "private", "database")}


@pytest.mark.parametrize("size", SIZES)
def test_no_address_is_in_two_subnets_and_all_are_in_the_vpc(size: int) -> None:
    vpc = IPv4Network(f"10.40.0.0/{size}")
    every = [one for role in networks(str(vpc)).values() for one in role]
    assert len(every) == 3 * ZONES
    assert all(one.subnet_of(vpc) for one in every)
    assert [pair for pair in combinations(every, 2) if pair[0].overlaps(pair[1])] == []


@pytest.mark.parametrize("size", SIZES)
def test_aws_takes_every_subnet(size: int) -> None:
    """A VPC's subnet is a /28 at least, and a load balancer's a /27."""
    found = networks(f"10.40.0.0/{size}")
    assert max(one.prefixlen for one in found["public"]) <= 27
    assert max(one.prefixlen for role in found.values() for one in role) <= 28


@pytest.mark.parametrize("size", SIZES)
def test_pods_get_three_quarters_of_all_addresses(size: int) -> None:
    vpc = IPv4Network(f"10.40.0.0/{size}")
    assert sum(one.num_addresses for one in networks(str(vpc))["private"]) * 4 == vpc.num_addresses * 3


def test_the_cidrs_of_a_vpc_never_change() -> None:
    """They are create-only: another derivation would replace the network under every portal."""
    found = subnet_cidrs("10.40.0.0/16")
    assert found.public == ("10.40.0.0/22", "10.40.4.0/22", "10.40.8.0/22")
    assert found.database == ("10.40.16.0/22", "10.40.20.0/22", "10.40.24.0/22")
    assert found.private == ("10.40.64.0/18", "10.40.128.0/18", "10.40.192.0/18")
