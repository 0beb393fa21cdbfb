"""The VPC of a foundation: one of its own, or an existing one."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from portal.aws.subnets import LARGEST_VPC, SMALLEST_VPC
from portal.models.aws.scalars import Ipv4Cidr, VpcId
from portal.models.aws.subnet import Subnet, require_room
from portal.models.base import Model, refusal


class Subnets(Model):
    """The subnets of an existing VPC, by what is in them: one of each kind in each zone."""

    public: tuple[Subnet, ...]
    """Where the load balancer is, with a route to the internet."""

    private: Annotated[tuple[Subnet, ...], Field(validate_default=True)] = ()
    """Where nodes and pods are. They need a way out, as a NAT gateway is."""

    database: tuple[Subnet, ...]
    """Where databases are, without a way out."""

    @field_validator("private")
    @classmethod
    def _some(cls, private: tuple[Subnet, ...]) -> tuple[Subnet, ...]:
        if not private:
            raise refusal(
                "the private subnets of the existing VPC, one in each zone, as nodes and pods have no public address",
                "write `private: [{id: subnet-..., zone: ..., cidr: ...}]`, or ask the network team to make them",
            )
        return private

    def roles(self) -> Iterator[tuple[str, tuple[Subnet, ...]]]:
        """The subnets by their key."""
        yield from (("public", self.public), ("private", self.private), ("database", self.database))


class Vpc(Model):
    """A VPC. With `id`, it is an existing one that stays as it is."""

    id: VpcId | None = None
    """The id of an existing VPC. Default: the foundation makes one."""

    cidr: Ipv4Cidr
    """Its CIDR. For one of its own: a private network from /16 to /21 that overlaps with no network it will be
    connected to. It can never change."""

    subnets: Annotated[Subnets | None, Field(validate_default=True)] = None
    """The subnets of an existing VPC. Those of its own follow from the CIDR."""

    nat_gateways: Literal["one-per-zone", "single"] | None = None
    """How pods reach the internet. `single` costs a third, and a failure of its zone cuts off all of them. Default:
    `one-per-zone`."""

    interface_endpoints: tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")], ...] | None = None
    """The services that are reached without the internet, besides S3, such as `ecr.api`. Each costs money in each zone.
    Default: `ec2`, which Security Hub asks for (EC2.10)."""

    @field_validator("cidr")
    @classmethod
    def _fits(cls, cidr: str, others: ValidationInfo) -> str:
        network = IPv4Network(cidr)
        if others.data.get("id") is not None:
            return cidr
        if not LARGEST_VPC <= network.prefixlen <= SMALLEST_VPC:
            raise refusal(
                f"a network from /{LARGEST_VPC} to /{SMALLEST_VPC}: AWS allows no larger one, and a smaller one"
                " has no room for the load balancer's subnets",
                f"write {network.network_address}/{LARGEST_VPC}, or another free network",
            )
        if not is_private(network):
            raise refusal(
                "a private network (in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10)",
                "choose one, as other addresses belong to somebody",
            )
        return cidr

    @field_validator("subnets")
    @classmethod
    def _of_an_existing_one(cls, subnets: Subnets | None, others: ValidationInfo) -> Subnets | None:
        existing = others.data.get("id") is not None
        if existing and subnets is None:
            raise refusal(
                "the subnets of the existing VPC: public, private and database ones",
                "write `subnets: {public: [...], private: [...], database: [...]}` with ids, zones and CIDRs",
            )
        if subnets is None:
            return None
        if not existing:
            raise refusal(
                "no subnets, as those of a new VPC follow from its CIDR", "remove them, or add the VPC's `id`"
            )
        require_room([subnet for _, role in subnets.roles() for subnet in role], others.data.get("cidr"))
        return subnets

    @field_validator("nat_gateways", "interface_endpoints")
    @classmethod
    def _of_its_own(cls, given: object, others: ValidationInfo) -> object:
        if given is not None and others.data.get("id") is not None:
            raise refusal("nothing here for an existing VPC, which stays as it is", "remove it")
        return given


def is_private(network: IPv4Network) -> bool:
    """Whether a network is one that anybody may use inside (RFC 1918, RFC 6598)."""
    own = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
    return any(network.subnet_of(IPv4Network(text)) for text in own)
