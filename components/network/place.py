"""A VPC as whatever is built in it knows it, whoever made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class PlacedSubnet:
    """A subnet: its zone and its CIDR are always known."""

    id: pulumi.Input[str]
    zone: str
    cidr: str


@dataclass(frozen=True, kw_only=True)
class NetworkPlace:
    """The id and CIDR of a VPC, and its subnets by what is in them, each in the order of the zones."""

    vpc_id: pulumi.Input[str]
    cidr: str
    public: Sequence[PlacedSubnet]
    private: Sequence[PlacedSubnet]
    database: Sequence[PlacedSubnet]
