"""A VPC where databases reach nothing outside, pods lose at most one zone, and all traffic is logged."""

from __future__ import annotations

from typing import Any

import pytest

from components.network.vpc import Network, NetworkArgs
from portal.graph.model import Graph, Resource
from tests.components.aws import (
    ACCOUNT,
    KEY,
    REGION,
    ZONES,
    names,
    of_type,
    recorded_on_aws,
    statements,
    the,
    waits_for,
)

EVERYWHERE = "0.0.0.0/0"


def graph_of(*, preview: bool = False, **given: Any) -> Graph:
    values: dict[str, Any] = {
        "label": "acme",
        "account": ACCOUNT,
        "region": REGION,
        "zones": ZONES,
        "cidr": "10.40.0.0/16",
        "interface_endpoints": ("ec2",),
        "key_arn": KEY,
        "retention_days": 365,
        **given,
    }
    args = NetworkArgs(**values)
    return recorded_on_aws(lambda opts: Network("network", args, opts), preview=preview)


def ways_out(graph: Graph, subnet: Resource) -> list[dict[str, Any]]:
    """The routes to everywhere of a subnet's table."""
    (table,) = [
        one.inputs["routeTableId"]
        for one in of_type(graph, "RouteTableAssociation")
        if one.inputs["subnetId"] == f"id-{subnet.name}"
    ]
    routes = [dict(one.inputs) for one in of_type(graph, "Route") if one.inputs["routeTableId"] == table]
    return [one for one in routes if one["destinationCidrBlock"] == EVERYWHERE]


def subnets(graph: Graph, role: str) -> list[Resource]:
    return [one for one in of_type(graph, "Subnet") if one.name.startswith(f"{role}-")]


@pytest.mark.parametrize("role", ["public", "private", "database"])
def test_each_role_has_a_subnet_in_each_zone(role: str) -> None:
    found = subnets(graph_of(), role)
    assert [one.inputs["availabilityZone"] for one in found] == list(ZONES)


def test_no_subnet_of_a_database_has_a_way_out() -> None:
    graph = graph_of()
    assert [ways_out(graph, one) for one in subnets(graph, "database")] == [[], [], []]
    # Nor do they fall back to the main table, to which anybody may add one.
    assert len(of_type(graph, "RouteTableAssociation")) == len(of_type(graph, "Subnet"))


def test_pods_leave_through_the_gateway_of_their_own_zone() -> None:
    graph = graph_of()
    for subnet in subnets(graph, "private"):
        ((way),) = ways_out(graph, subnet)
        gateway = the(graph, "NatGateway", str(way["natGatewayId"]).removeprefix("id-"))
        assert gateway.inputs["subnetId"] == f"id-public-{subnet.name[-1]}"


def test_a_single_gateway_serves_all_zones() -> None:
    graph = graph_of(single_nat=True)
    assert names(graph, "NatGateway") == ["nat-a"]
    assert {way["natGatewayId"] for one in subnets(graph, "private") for way in ways_out(graph, one)} == {"id-nat-a"}
    assert len(of_type(graph, "Eip")) == 1


def test_only_public_subnets_lead_straight_to_the_internet() -> None:
    graph = graph_of()
    for role in ("public", "private", "database"):
        direct = [way for one in subnets(graph, role) for way in ways_out(graph, one) if "gatewayId" in way]
        assert bool(direct) is (role == "public"), role


def test_a_gateway_comes_up_after_its_way_to_the_internet() -> None:
    graph = graph_of()
    internet = the(graph, "Route", "routes-public-internet")
    assert all(waits_for(graph, one, internet) for one in of_type(graph, "NatGateway"))


def test_no_machine_gets_a_public_address_by_itself() -> None:
    assert {one.inputs["mapPublicIpOnLaunch"] for one in of_type(graph_of(), "Subnet")} == {False}


def test_the_default_security_group_is_adopted_and_empty() -> None:
    graph = graph_of()
    group = the(graph, "DefaultSecurityGroup")
    assert (group.inputs["ingress"], group.inputs["egress"]) == ([], [])
    assert group.inputs["vpcId"] == "id-vpc"


def test_load_balancers_find_their_subnets_and_none_of_databases() -> None:
    graph = graph_of()

    def roles(role: str) -> set[str]:
        tags = [key for one in subnets(graph, role) for key in one.inputs["tags"]]
        return {key for key in tags if key.startswith("kubernetes.io/")}

    assert roles("public") == {"kubernetes.io/role/elb"}
    assert roles("private") == {"kubernetes.io/role/internal-elb"}
    assert roles("database") == set()


def test_all_traffic_is_logged_in_a_group_that_is_encrypted_and_ends() -> None:
    graph = graph_of()
    log, group = the(graph, "FlowLog"), the(graph, "LogGroup")
    assert (log.inputs["trafficType"], log.inputs["vpcId"]) == ("ALL", "id-vpc")
    assert group.urn in log.property_dependencies["logDestination"]
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == (KEY, 365)
    # Without its rights, it begins with an error.
    assert waits_for(graph, log, the(graph, "RolePolicy"))


def test_only_flow_logs_of_this_account_have_the_role_and_it_writes_to_one_group() -> None:
    graph = graph_of()
    trust = statements(the(graph, "Role").inputs["assumeRolePolicy"])["only"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert trust["Condition"]["ArnLike"]["aws:SourceArn"].startswith(f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/")
    group = the(graph, "LogGroup").inputs["name"]
    rights = the(graph, "RolePolicy").inputs["policy"]
    assert f"log-group:{group}:*" in rights
    assert "logs:CreateLogGroup" not in rights


def test_s3_is_reached_from_private_subnets_without_the_internet() -> None:
    graph = graph_of()
    s3 = the(graph, "VpcEndpoint", "endpoint-s3")
    assert s3.inputs["vpcEndpointType"] == "Gateway"
    assert s3.inputs["routeTableIds"] == [f"id-routes-private-{zone}" for zone in "abc"]


def test_endpoints_take_https_from_the_vpc_and_open_nothing() -> None:
    graph = graph_of(interface_endpoints=("ec2", "ecr.api"))
    assert sorted(names(graph, "VpcEndpoint")) == ["endpoint-ec2", "endpoint-ecr.api", "endpoint-s3"]
    rule = the(graph, "SecurityGroupIngressRule").inputs
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == ("10.40.0.0/16", 443, 443, "tcp")
    assert of_type(graph, "SecurityGroupEgressRule") == []
    assert {"ingress", "egress"} & the(graph, "SecurityGroup").inputs.keys() == set()
    assert of_type(graph_of(interface_endpoints=()), "SecurityGroup") == []


def test_a_preview_has_the_same_resources() -> None:
    assert graph_of(preview=True).resources.keys() == graph_of().resources.keys()
