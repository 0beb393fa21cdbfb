"""Terraform's names of what Pulumi's provider for AWS has, against that provider's own Python modules.

Its schema and Terraform's were compared once, type by type; the names that no rule gives stand in the code.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Generator, Iterator
from functools import cache

import pytest

from portal.graph.providers.aws import PROVIDER
from portal.graph.terraform_names import MAPS, SINGLE_BLOCKS, TAGGABLE, block_name, input_name, snake, terraform_type
from tests.graph.aws_inputs import TYPES, Input, inputs_of


@pytest.fixture(scope="module", autouse=True)
def without_collector() -> Generator[None]:
    """Ten modules of classes are imported, and nothing of it is garbage."""
    gc.disable()
    yield
    gc.enable()


@cache
def declared(pulumi_type: str) -> list[Input]:
    return inputs_of(*TYPES[pulumi_type])


def all_inputs() -> Iterator[Input]:
    for pulumi_type in TYPES:
        yield from declared(pulumi_type)


def test_every_type_that_a_stack_may_have_was_compared() -> None:
    """Compare a new one with Terraform's documentation of it, and list it in aws_inputs.py."""
    assert sorted(set(PROVIDER.computed) - set(TYPES)) == []


@pytest.mark.parametrize(
    ("pulumi_type", "named"),
    [
        ("aws:kms/key:Key", "aws_kms_key"),
        ("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", None),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws_vpc_security_group_ingress_rule"),
        ("aws:lb/listener:Listener", "aws_lb_listener"),
        ("aws:lb/loadBalancer:LoadBalancer", "aws_lb"),
        ("aws:rds/instance:Instance", "aws_db_instance"),
        ("aws:rds/parameterGroup:ParameterGroup", "aws_db_parameter_group"),
        ("aws:ec2/subnet:Subnet", "aws_subnet"),
        ("aws:ec2/tag:Tag", "aws_ec2_tag"),
        ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "aws_iam_openid_connect_provider"),
        ("aws:wafv2/webAcl:WebAcl", "aws_wafv2_web_acl"),
        (
            "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
            "aws_s3_bucket_replication_configuration",
        ),
    ],
)
def test_types_have_terraforms_names(pulumi_type: str, named: str | None) -> None:
    assert pulumi_type in TYPES
    assert terraform_type(pulumi_type) == (named or "aws_s3_bucket_server_side_encryption_configuration")


def test_no_two_types_have_one_name() -> None:
    assert len({terraform_type(pulumi_type) for pulumi_type in TYPES}) == len(TYPES)


def test_names_in_python_are_terraforms() -> None:
    """Pulumi's generator takes them from Terraform's, by the way of the protocol's: both ways give the same."""
    assert [one.path for one in all_inputs() if snake(one.name) != one.python.rstrip("_")] == []


@pytest.mark.parametrize(
    ("pulumi_type", "name", "named"),
    [
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "name", "alarm_name"),
        ("aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarmName", "alarm_name"),
        ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "clientIdLists", "client_id_list"),
        ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "thumbprintLists", "thumbprint_list"),
        ("aws:sns/topicSubscription:TopicSubscription", "topic", "topic_arn"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cidrIpv4", "cidr_ipv4"),
        ("aws:rds/instance:Instance", "vpcSecurityGroupIds", "vpc_security_group_ids"),
    ],
)
def test_inputs_have_terraforms_names(pulumi_type: str, name: str, named: str) -> None:
    assert (name,) in {one.path for one in declared(pulumi_type)}
    assert input_name(pulumi_type, name) == named


def test_repeated_blocks_have_terraforms_names() -> None:
    """Pulumi made a plural of each. Where the rule gives it back, nothing was lost."""
    names = {one.name: block_name(one.name) for one in all_inputs() if one.holds == "blocks"}
    plural = {name for name, block in names.items() if snake(name) == block}
    assert plural == {
        *("coordinates", "egress", "headers", "ingress", "nodeRepairConfigOverrides", "redactedFields"),
        "runCommandTargets",
    }
    for name, block in names.items():
        assert name in plural or snake(name) in {f"{block}s", f"{block}es", f"{block.removesuffix('y')}ies"}


def test_maps_are_those_with_keys_of_ones_own() -> None:
    """A name is enough to tell a map from a block: none is both."""
    by_kind = {kind: {one.name for one in all_inputs() if one.holds == kind} for kind in ("map", "block", "blocks")}
    assert by_kind["map"] == MAPS
    assert not MAPS & (by_kind["block"] | by_kind["blocks"])
    assert by_kind["block"] >= SINGLE_BLOCKS


def test_types_with_tags_are_known() -> None:
    tagged = {terraform_type(one) for one in TYPES if any(given.path == ("tags",) for given in declared(one))}
    assert tagged == TAGGABLE


def test_every_name_is_one_that_terraform_could_have() -> None:
    names = [terraform_type(one) for one in TYPES] + [snake(one.name) for one in all_inputs()]
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []
