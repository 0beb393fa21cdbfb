"""Ways to AWS's services inside a VPC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.ec2 import VpcEndpoint
from pulumi_aws.vpc import SecurityGroupIngressRule

from components.network.security_group import SecurityGroup

_HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class InterfaceEndpointsArgs:
    """``services`` are the last parts of their names, such as ``ec2`` or ``ecr.api``. ``cidr`` is the VPC's."""

    label: str
    region: str
    vpc_id: pulumi.Input[str]
    cidr: str
    subnet_ids: Sequence[pulumi.Input[str]]
    services: Sequence[str]


class InterfaceEndpoints(pulumi.ComponentResource):
    """An endpoint for each service, in each zone. The VPC reaches it over HTTPS; it opens no connections itself."""

    def __init__(self, name: str, args: InterfaceEndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:network:InterfaceEndpoints", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = SecurityGroup(
            f"{name}-security-group",
            description="HTTPS from the VPC to endpoints of AWS services",
            vpc_id=args.vpc_id,
            tags={"Name": f"{args.label}-{name}"},
            opts=child,
        )
        SecurityGroupIngressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="HTTPS from the VPC",
            cidr_ipv4=args.cidr,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            opts=child,
        )
        for service in args.services:
            VpcEndpoint(
                f"endpoint-{service}",
                vpc_id=args.vpc_id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{args.region}.{service}",
                subnet_ids=args.subnet_ids,
                security_group_ids=[group.id],
                private_dns_enabled=True,
                tags={"Name": f"{args.label}-{service}"},
                opts=child,
            )
        self.register_outputs({})
