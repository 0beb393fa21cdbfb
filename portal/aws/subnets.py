"""The subnets of a VPC of our own, derived from its CIDR alone.

The first quarter of the VPC has the small subnets: public ones first, then those of databases. Half of that quarter
stays free. Each other quarter is the private subnet of one zone, as pods need most of the addresses. A /16 gives three
private /18, three public /22 and three /22 for databases.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

# A load balancer takes no subnet that is smaller than a /27, which is 1/64 of a /21.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
SMALLEST_VPC = 21
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
LARGEST_VPC = 16
ZONES = 3

_QUARTER = 2
_SMALL = 6
_FIRST_OF_DATABASES = 4


@dataclass(frozen=True)
class SubnetCidrs:
    """The CIDRs of each role, in the order of the zones."""

    public: tuple[str, ...]
    private: tuple[str, ...]
    database: tuple[str, ...]


def subnet_cidrs(vpc: str) -> SubnetCidrs:
    """The CIDRs of a VPC's subnets in three zones. Does not check the size of the VPC: its settings do."""
    network = IPv4Network(vpc)
    small = list(network.subnets(_SMALL))
    quarters = list(network.subnets(_QUARTER))
    databases = small[_FIRST_OF_DATABASES : _FIRST_OF_DATABASES + ZONES]
    return SubnetCidrs(public=_texts(small[:ZONES]), private=_texts(quarters[1:]), database=_texts(databases))


def _texts(networks: list[IPv4Network]) -> tuple[str, ...]:
    return tuple(str(network) for network in networks)
