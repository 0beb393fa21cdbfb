"""What is registered without the SDK's classes is what these classes would register."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any, cast

import pulumi
import pytest

from components.entry.firewall import Firewall, FirewallArgs
from components.entry.firewall_log import FirewallLog
from components.network.security_group import SecurityGroup
from portal.graph.model import Graph, Resource
from portal.graph.terraform_names import snake
from tests.components.aws import KEY, recorded_on_aws

BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/portal/0123456789abcdef"
TYPES = {
    "aws:wafv2/webAcl:WebAcl",
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    "aws:ec2/securityGroup:SecurityGroup",
}


def ours(opts: pulumi.ResourceOptions) -> None:
    log = FirewallLog(label="portal-test", days=30, key=KEY)
    Firewall("firewall", FirewallArgs(protects=BALANCER, log=log), opts)
    SecurityGroup("group", vpc_id="vpc-1", description="A group", tags={"Name": "group"}, opts=opts)
    SecurityGroup("without-tags", vpc_id="vpc-1", description="A group", opts=opts)


def by_the_sdk(resources: list[Resource], opts: pulumi.ResourceOptions) -> None:
    for one in resources:
        module, name = one.type.split(":")[1].split("/")[0], one.type.split(":")[2]
        made = getattr(importlib.import_module(f"pulumi_aws.{module}"), name)
        made(one.name, **in_snake_case(one.inputs), opts=opts)


def in_snake_case(value: Any) -> Any:
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        return {key if key == "Name" else snake(key): in_snake_case(item) for key, item in given.items()}
    if isinstance(value, list):
        return [in_snake_case(item) for item in cast("list[Any]", value)]
    return value


def inputs(graph: Graph) -> dict[str, Any]:
    return {one.name: (one.type, one.inputs) for one in graph if one.type in TYPES}


@pytest.fixture
def provider_asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None, str | None]]:
    """Each resource's name, and which provider it asks the engine for."""
    asked: list[tuple[str, str | None, str | None]] = []
    make = pulumi.CustomResource.__init__

    def kept(
        self: pulumi.CustomResource, kind: str, name: str, props: Any, opts: pulumi.ResourceOptions, *rest: Any
    ) -> None:
        if kind in TYPES:
            asked.append((name, opts.version, opts.plugin_download_url))
        make(self, kind, name, props, opts, *rest)

    monkeypatch.setattr(pulumi.CustomResource, "__init__", kept)
    return asked


def test_the_sdk_would_register_the_same(provider_asked: list[tuple[str, str | None, str | None]]) -> None:
    graph = recorded_on_aws(ours, preview=False)
    mine = sorted(provider_asked)
    provider_asked.clear()
    resources = [one for one in graph if one.type in TYPES]
    assert {one.type for one in resources} == TYPES
    assert inputs(recorded_on_aws(lambda opts: by_the_sdk(resources, opts), preview=False)) == inputs(graph)
    assert sorted(provider_asked) == mine


def test_a_wrong_name_of_an_input_is_seen() -> None:
    graph = recorded_on_aws(
        lambda opts: SecurityGroup("group", vpc_id="vpc-1", description="A group", opts=opts), preview=False
    )
    (group,) = [one for one in graph if one.type in TYPES]
    misspelled = replace(group, inputs={"vpcIds": "vpc-1"})
    with pytest.raises(TypeError, match="vpc_ids"):
        recorded_on_aws(lambda opts: by_the_sdk([misspelled], opts), preview=False)
