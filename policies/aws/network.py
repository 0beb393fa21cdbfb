"""Networks and security groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.aws.resources import is_given, linked, of_type, require, require_part, value
from policies.control import Control, Rule
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN, Graph, Resource

_VPC = "ec2/vpc:Vpc"
_EVERYBODY = {"0.0.0.0/0", "::/0"}
_IPV6_EVERYBODY = "::/0"
_WEB = frozenset({80, 443})
_SSH, _RDP = 22, 3389
# https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19
_HIGH_RISK = (
    *(20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601, 8080, 8088),
    *(8888, 9200, 9300),
)
_ALL_PORTS = (0, 65535)


# A resource that lets everybody in, the first and the last port, and whether by IPv6.
_Way = tuple[Resource, tuple[int, int], bool]


def _open_ways(graph: Graph) -> Iterator[_Way]:
    """What lets everybody in, wherever such a rule may stand."""
    for rule in of_type(graph, "vpc/securityGroupIngressRule:SecurityGroupIngressRule"):
        yield from _ways(rule, rule.inputs, {rule.inputs.get("cidrIpv4"), rule.inputs.get("cidrIpv6")})
    for group in of_type(graph, "ec2/securityGroup:SecurityGroup"):
        inline = group.inputs.get("ingress")
        for rule in inline if is_list(inline) else ():
            yield from _inline(group, rule)
    for rule in of_type(graph, "ec2/securityGroupRule:SecurityGroupRule"):
        if rule.inputs.get("type") == "ingress":
            yield from _inline(rule, rule.inputs)


def _inline(resource: Resource, rule: object) -> Iterator[_Way]:
    if is_mapping(rule):
        yield from _ways(resource, rule, {*(rule.get("cidrBlocks") or ()), *(rule.get("ipv6CidrBlocks") or ())})


def _ways(resource: Resource, rule: Mapping[str, Any], sources: set[Any]) -> Iterator[_Way]:
    ports = _ports(rule)
    if sources & _EVERYBODY and ports is not None:
        yield resource, ports, _IPV6_EVERYBODY in sources


def _ports(rule: Mapping[str, Any]) -> tuple[int, int] | None:
    """The first and the last port. None if one of them is not known yet."""
    protocol, first, last = rule.get("ipProtocol", rule.get("protocol")), rule.get("fromPort"), rule.get("toPort")
    if UNKNOWN in (protocol, first, last):
        return None
    if protocol == "-1" or not isinstance(first, int | float) or not isinstance(last, int | float):
        return _ALL_PORTS
    return int(first), int(last)


def _shut(ports: tuple[int, ...], what: str, ipv6: Callable[[bool], bool] = lambda _: True) -> Rule:
    def check(graph: Graph) -> Iterator[str]:
        for resource, (first, last), by_ipv6 in _open_ways(graph):
            found = [port for port in ports if first <= port <= last]
            if found and ipv6(by_ipv6):
                yield f"{resource.name}: lets everybody on the internet reach {what} (port {found[0]})"

    return check


def _only_web(graph: Graph) -> Iterator[str]:
    for resource, (first, last), _ in _open_ways(graph):
        if first != last or first not in _WEB:
            ports = str(first) if first == last else f"{first} to {last}"
            yield f"{resource.name}: lets everybody on the internet in at port {ports}: only 80 and 443 are for them"


def _empty_default_group(graph: Graph) -> Iterator[str]:
    for vpc in of_type(graph, _VPC):
        groups = linked(graph, vpc, "vpcId", "ec2/defaultSecurityGroup:DefaultSecurityGroup")
        if not groups:
            yield f"{vpc.name}: its default security group is as AWS makes it, and lets its members talk to each other"
    for group in of_type(graph, "ec2/defaultSecurityGroup:DefaultSecurityGroup"):
        if any(value(group, way) not in (None, [], UNKNOWN) for way in ("ingress", "egress")):
            yield f"{group.name}: has rules, and whatever names no security group gets this one"


def _flow_logs(graph: Graph) -> Iterator[str]:
    for vpc in of_type(graph, _VPC):
        logs = linked(graph, vpc, "vpcId", "ec2/flowLog:FlowLog")
        if not any(log.inputs.get("trafficType") in ("ALL", "REJECT", UNKNOWN) for log in logs):
            yield f"{vpc.name}: nobody can see what was refused, as it has no flow log of all or of refused traffic"


def _ec2_endpoint(graph: Graph) -> Iterator[str]:
    for vpc in of_type(graph, _VPC):
        found = [one.inputs for one in linked(graph, vpc, "vpcId", "ec2/vpcEndpoint:VpcEndpoint")]
        services = [
            str(one.get("serviceName")) for one in found if one.get("vpcEndpointType") in ("Interface", UNKNOWN)
        ]
        if not any(one == UNKNOWN or one.endswith(".ec2") for one in services):
            yield f"{vpc.name}: calls of EC2's API leave it, as it has no interface endpoint for EC2"


def _limited_egress(graph: Graph) -> Iterator[str]:
    for rule in of_type(graph, "vpc/securityGroupEgressRule:SecurityGroupEgressRule"):
        to_everybody = {rule.inputs.get("cidrIpv4"), rule.inputs.get("cidrIpv6")} & _EVERYBODY
        if to_everybody and _ports(rule.inputs) == _ALL_PORTS:
            yield f"{rule.name}: lets its members reach everything on the internet, on every port"


def _apart(graph: Graph) -> Iterator[str]:
    for group in of_type(graph, "ec2/securityGroup:SecurityGroup"):
        if group.inputs.get("ingress") or group.inputs.get("egress"):
            yield f"{group.name}: has rules inside, which undo those that are resources of their own"


CONTROLS = (
    Control(
        ids=("EC2.2", "CIS 6.5"),
        title="The default security group of a VPC lets nobody do anything",
        check=_empty_default_group,
    ),
    Control(ids=("EC2.6", "CIS 4.7"), title="The connections of a VPC are logged", check=_flow_logs),
    Control(
        ids=("EC2.10",),
        title="Calls of EC2's API stay in the VPC",
        check=_ec2_endpoint,
        advisory=True,
    ),
    Control(
        ids=("CIS 6.8",),
        title="A VPC has endpoints for AWS's services",
        check=require_part(
            _VPC, "ec2/vpcEndpoint:VpcEndpoint", "vpcId", "has no endpoint, so all calls of AWS's services leave it"
        ),
    ),
    Control(
        ids=("EC2.15",),
        title="Nothing in a subnet gets a public address by itself",
        check=require(
            "ec2/subnet:Subnet",
            "mapPublicIpOnLaunch",
            lambda found: not found,
            "gives everything in it a public address",
        ),
    ),
    Control(
        ids=("EC2.13",),
        title="Nobody on the internet reaches SSH",
        check=_shut((_SSH,), "SSH"),
    ),
    Control(
        ids=("EC2.14",),
        title="Nobody on the internet reaches RDP",
        check=_shut((_RDP,), "RDP"),
    ),
    Control(
        ids=("CIS 6.3",),
        title="Nobody reaches ports of administration over IPv4",
        check=_shut((_SSH, _RDP), "a port of administration over IPv4", lambda ipv6: not ipv6),
    ),
    Control(
        ids=("CIS 6.4",),
        title="Nobody reaches ports of administration over IPv6",
        check=_shut((_SSH, _RDP), "a port of administration over IPv6", lambda ipv6: ipv6),
    ),
    Control(
        ids=("EC2.18",),
        title="Everybody on the internet reaches ports 80 and 443 at most",
        check=_only_web,
    ),
    Control(
        ids=("EC2.19",),
        title="Nobody on the internet reaches ports that attackers look for",
        check=_shut(_HIGH_RISK, "a port that attackers look for"),
    ),
    Control(title="No security group lets its members reach everything", check=_limited_egress),
    Control(title="Rules of security groups are resources of their own", check=_apart),
    Control(
        title="Every rule of a security group says what it is for",
        check=require(
            "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "description",
            is_given,
            "does not say what it is for",
        ),
    ),
)
