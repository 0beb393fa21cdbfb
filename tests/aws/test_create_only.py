"""The map from CloudFormation's names to Pulumi's names only what both have."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

from portal.aws.create_only import replaces, replacing_inputs
from portal.aws.facts import CREATE_ONLY, facts
from portal.aws.replaced_inputs import TYPES
from portal.graph.providers.aws import PROVIDER
from portal.graph.replacement import STATEFUL

# The providers do not say it, or no file of theirs was read for it.
UNSAID = {
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:sns/topicPolicy:TopicPolicy",
}


@cache
def sdk() -> Path:
    found = importlib.util.find_spec("pulumi_aws")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def inputs(resource_type: str) -> set[str]:
    """The inputs of a type, read from the SDK's source: importing it all would take seconds."""
    folder, name = resource_type.split(":")[1].split("/")
    source = (sdk() / folder / f"{_snake(name)}.py").read_text()
    assert f"'{resource_type}'" in source
    return {*re.findall(r'__props__\.__dict__\["(\w+)"\] = (?!None)', source)}


def nested(resource_type: str) -> set[str]:
    source = (sdk() / resource_type.split(":")[1].partition("/")[0] / "_inputs.py").read_text()
    return {*re.findall(r"def (\w+)\(self\)", source)}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f"_{found[1].lower()}", name)


@pytest.mark.parametrize("resource_type", TYPES)
def test_every_input_exists(resource_type: str) -> None:
    """Also one that is derived from a property: a new one of CloudFormation has to be put into the map."""
    known = inputs(resource_type)
    for first, *rest in replacing_inputs(resource_type):
        assert _snake(str(first)) in known or str(first).endswith("Prefix"), first
        assert {_snake(str(part)) for part in rest} <= nested(resource_type)


@pytest.mark.parametrize("resource_type", TYPES)
def test_the_map_names_only_properties_that_exist(resource_type: str) -> None:
    """A property that an update changes by now must not stay in the map."""
    known = TYPES[resource_type]
    found = {*facts(CREATE_ONLY)["types"].get(known.cfn, ())}
    stale = {*known.names, *known.absent, *known.in_place} - found
    assert stale <= ({*known.in_place} if resource_type.startswith("aws:vpc/") else set())


def test_every_type_that_the_recorder_knows_is_in_the_map() -> None:
    assert {*PROVIDER.computed} - {*TYPES} <= UNSAID


def test_every_type_that_holds_data_is_called_so() -> None:
    assert {*PROVIDER.kept} <= STATEFUL
    assert {one for one in STATEFUL if one.startswith("aws:")} <= {*TYPES}


@pytest.mark.parametrize(
    ("resource_type", "path", "replaced"),
    [
        ("aws:rds/instance:Instance", ("kmsKeyId",), True),
        ("aws:rds/instance:Instance", ("username",), True),
        ("aws:rds/instance:Instance", ("instanceClass",), False),
        ("aws:rds/instance:Instance", ("engineVersion",), False),
        ("aws:rds/instance:Instance", ("dbSubnetGroupName",), False),
        ("aws:eks/cluster:Cluster", ("kubernetesNetworkConfig", "serviceIpv4Cidr"), True),
        ("aws:eks/cluster:Cluster", ("kubernetesNetworkConfig",), False),
        ("aws:eks/cluster:Cluster", ("kubernetesNetworkConfig", "elasticLoadBalancing", "enabled"), False),
        ("aws:eks/cluster:Cluster", ("encryptionConfig", "provider", "keyArn"), True),
        ("aws:eks/cluster:Cluster", ("version",), False),
        ("aws:ecr/repository:Repository", ("encryptionConfigurations", 0, "kmsKey"), True),
        ("aws:lb/targetGroup:TargetGroup", ("port",), True),
        ("aws:lb/targetGroup:TargetGroup", ("deregistrationDelay",), False),
        ("aws:ec2/flowLog:FlowLog", ("vpcId",), True),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", ("cidrIpv4",), False),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", ("securityGroupId",), True),
        ("aws:of/tomorrow:Tomorrow", ("name",), False),
    ],
)
def test_what_replaces(resource_type: str, path: tuple[str | int, ...], replaced: bool) -> None:
    assert replaces(resource_type, path) is replaced
