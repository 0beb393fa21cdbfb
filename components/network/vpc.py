"""A VPC over three zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.ec2 import (
    DefaultSecurityGroup,
    Eip,
    InternetGateway,
    NatGateway,
    Route,
    RouteTable,
    RouteTableAssociation,
    Subnet,
    Vpc,
    VpcEndpoint,
)

from components.network.endpoints import InterfaceEndpoints, InterfaceEndpointsArgs
from components.network.flow_log import FlowLogs, FlowLogsArgs
from components.network.place import NetworkPlace, PlacedSubnet
from portal.aws.subnets import subnet_cidrs

_EVERYWHERE = "0.0.0.0/0"
# How load balancers that EKS makes find their subnets.
# https://docs.aws.amazon.com/eks/latest/userguide/tag-subnets-auto.html
_ROLE_TAGS: Mapping[str, Mapping[str, str]] = {
    "public": {"kubernetes.io/role/elb": "1"},
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "database": {},
}


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """``label`` begins the ``Name`` of everything. ``zones`` are three.

    ``single_nat``: one NAT gateway for all zones instead of one for each. ``key_arn`` encrypts the flow logs.
    ``interface_endpoints`` are names of services, such as ``ec2``.
    """

    label: str
    account: str
    region: str
    zones: Sequence[str]
    cidr: str
    single_nat: bool = False
    interface_endpoints: Sequence[str] = ()
    key_arn: pulumi.Input[str]
    retention_days: int


class Network(pulumi.ComponentResource):
    """Public subnets for load balancers, private ones for nodes and pods, and ones for databases without a way out.

    All traffic is logged, and nothing can use the default security group. Deliberately no connection to other
    networks: the network team makes those.
    """

    place: NetworkPlace

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:network:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        made = _Network(args=args, child=child)
        vpc = Vpc(
            "vpc",
            cidr_block=args.cidr,
            enable_dns_support=True,
            # Private names of endpoints need it.
            enable_dns_hostnames=True,
            tags=made.named("vpc"),
            opts=child,
        )
        # It comes with the VPC and lets its members talk to each other. Empty, it lets nobody do anything (EC2.2).
        DefaultSecurityGroup(
            "default-security-group", vpc_id=vpc.id, ingress=[], egress=[], tags=made.named("unused"), opts=child
        )
        logs = FlowLogsArgs(
            label=args.label,
            account=args.account,
            region=args.region,
            vpc_id=vpc.id,
            key_arn=args.key_arn,
            retention_days=args.retention_days,
        )
        FlowLogs("flow-log", logs, child)
        cidrs = subnet_cidrs(args.cidr)
        public = made.subnets("public", vpc, cidrs.public)
        private = made.subnets("private", vpc, cidrs.private)
        database = made.subnets("database", vpc, cidrs.database)
        self.place = NetworkPlace(
            vpc_id=vpc.id,
            cidr=args.cidr,
            public=made.placed(public, cidrs.public),
            private=made.placed(private, cidrs.private),
            database=made.placed(database, cidrs.database),
        )
        tables = made.private_ways(vpc, public, private, made.public_way(vpc, public))
        made.database_way(vpc, database)
        made.endpoints(vpc, tables, private)
        self.register_outputs({"vpcId": vpc.id})


@dataclass(frozen=True, kw_only=True)
class _Network:
    """What makes the parts of a network, with what all of them need."""

    args: NetworkArgs
    child: pulumi.ResourceOptions

    def named(self, what: str) -> dict[str, str]:
        return {"Name": f"{self.args.label}-{what}"}

    def subnets(self, role: str, vpc: Vpc, cidrs: Sequence[str]) -> dict[str, Subnet]:
        """The subnets of a role, by the letter of their zone."""
        return {
            zone[-1]: Subnet(
                f"{role}-{zone[-1]}",
                vpc_id=vpc.id,
                availability_zone=zone,
                cidr_block=cidr,
                # Load balancers and NAT gateways have addresses of their own (EC2.15).
                map_public_ip_on_launch=False,
                tags={**self.named(f"{role}-{zone[-1]}"), **_ROLE_TAGS[role]},
                opts=self.child,
            )
            for zone, cidr in zip(self.args.zones, cidrs, strict=True)
        }

    def placed(self, subnets: Mapping[str, Subnet], cidrs: Sequence[str]) -> list[PlacedSubnet]:
        return [
            PlacedSubnet(id=subnet.id, zone=zone, cidr=cidr)
            for subnet, zone, cidr in zip(subnets.values(), self.args.zones, cidrs, strict=True)
        ]

    def table(self, what: str, vpc: Vpc, subnets: Mapping[str, Subnet]) -> RouteTable:
        """A route table of subnets, whose routes are resources of their own."""
        table = RouteTable(f"routes-{what}", vpc_id=vpc.id, tags=self.named(what), opts=self.child)
        for zone, subnet in subnets.items():
            suffix = "" if what.endswith(f"-{zone}") else f"-{zone}"
            RouteTableAssociation(
                f"routes-{what}{suffix}", route_table_id=table.id, subnet_id=subnet.id, opts=self.child
            )
        return table

    def public_way(self, vpc: Vpc, public: Mapping[str, Subnet]) -> Route:
        """The way of public subnets to and from the internet."""
        gateway = InternetGateway(
            "internet-gateway", vpc_id=vpc.id, tags=self.named("internet-gateway"), opts=self.child
        )
        table = self.table("public", vpc, public)
        return Route(
            "routes-public-internet",
            route_table_id=table.id,
            destination_cidr_block=_EVERYWHERE,
            gateway_id=gateway.id,
            opts=self.child,
        )

    def private_ways(
        self, vpc: Vpc, public: Mapping[str, Subnet], private: Mapping[str, Subnet], internet: Route
    ) -> list[RouteTable]:
        """The way of private subnets out: each zone through its own NAT gateway, or all through one."""
        zones = list(public)
        gateways = {zone: self.nat(zone, public[zone], internet) for zone in zones[: 1 if self.args.single_nat else 3]}
        tables: list[RouteTable] = []
        for zone, subnet in private.items():
            table = self.table(f"private-{zone}", vpc, {zone: subnet})
            Route(
                f"routes-private-{zone}-internet",
                route_table_id=table.id,
                destination_cidr_block=_EVERYWHERE,
                nat_gateway_id=gateways.get(zone, gateways[zones[0]]).id,
                opts=self.child,
            )
            tables.append(table)
        return tables

    def nat(self, zone: str, subnet: Subnet, internet: Route) -> NatGateway:
        address = Eip(f"nat-{zone}-address", domain="vpc", tags=self.named(f"nat-{zone}"), opts=self.child)
        return NatGateway(
            f"nat-{zone}",
            subnet_id=subnet.id,
            allocation_id=address.id,
            tags=self.named(f"nat-{zone}"),
            # Without a way to the internet it comes up and fails.
            opts=pulumi.ResourceOptions.merge(self.child, pulumi.ResourceOptions(depends_on=[internet])),
        )

    def database_way(self, vpc: Vpc, database: Mapping[str, Subnet]) -> None:
        """No way out. A table of their own, so that a route that somebody adds to the main one is not theirs."""
        self.table("database", vpc, database)

    def endpoints(self, vpc: Vpc, tables: Sequence[RouteTable], private: Mapping[str, Subnet]) -> None:
        """The ways to AWS's services that do not lead through the internet. The one to S3 costs nothing."""
        args = self.args
        VpcEndpoint(
            "endpoint-s3",
            vpc_id=vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{args.region}.s3",
            route_table_ids=[table.id for table in tables],
            tags=self.named("s3"),
            opts=self.child,
        )
        if args.interface_endpoints:
            interfaces = InterfaceEndpointsArgs(
                label=args.label,
                region=args.region,
                vpc_id=vpc.id,
                cidr=args.cidr,
                subnet_ids=[subnet.id for subnet in private.values()],
                services=args.interface_endpoints,
            )
            InterfaceEndpoints("endpoints", interfaces, self.child)
