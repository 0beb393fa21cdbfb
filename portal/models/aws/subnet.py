"""A subnet that exists, and what holds for several of them in one VPC."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network
from itertools import combinations

from portal.models.aws.scalars import Ipv4Cidr, SubnetId, Zone
from portal.models.base import Model, refusal


class Subnet(Model):
    """A subnet that exists."""

    id: SubnetId
    """Its id."""

    zone: Zone
    """Its availability zone."""

    cidr: Ipv4Cidr
    """Its addresses, in CIDR notation. Network policies name them."""


def require_room(subnets: Sequence[Subnet], vpc: str | None) -> None:
    """Refuse subnets outside of the VPC's addresses, one that is there twice, and two with the same addresses.

    ``vpc`` is the CIDR; None if it is refused itself.
    """
    for subnet in subnets:
        if vpc is not None and not IPv4Network(subnet.cidr).subnet_of(IPv4Network(vpc)):
            raise refusal(f"subnets in {vpc}, and {subnet.id} is {subnet.cidr}", "correct the CIDR of one of them")
    for one, other in combinations(subnets, 2):
        if one.id == other.id:
            raise refusal(f"each subnet once, and {one.id} is there twice", "use three subnets for each purpose")
        if IPv4Network(one.cidr).overlaps(IPv4Network(other.cidr)):
            raise refusal(
                f"subnets that do not overlap, and {one.id} ({one.cidr}) and {other.id} ({other.cidr}) do",
                "correct the CIDR of one of them",
            )
