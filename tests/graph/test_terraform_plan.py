"""A graph as a Terraform plan: nothing of it is lost, nothing is revealed, and links between resources stay links."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
import pytest
from pulumi_aws.rds import Instance

from portal.graph.model import SECRET, UNKNOWN, Graph, Path, Resource
from portal.graph.recorder import record_program
from portal.graph.terraform_plan import terraform_plan
from tests.support.aws_sample import aws_sample, recorded_sample

BUCKET = "aws:s3/bucket:Bucket"
DATABASE = "aws:rds/instance:Instance"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"


def resource(
    kind: str = BUCKET,
    name: str = "one",
    *,
    inputs: Mapping[str, Any],
    secret: Iterable[Path] = (),
    unknown: Iterable[Path] = (),
    needs: Mapping[str, tuple[str, ...]] | None = None,
    provider: str = "",
    parent: str = "",
) -> Resource:
    return Resource(
        urn=f"urn:{parent}${kind}::{name}",
        type=kind,
        name=name,
        parent=parent,
        custom=True,
        provider=provider,
        inputs=inputs,
        secret=frozenset(secret),
        unknown=frozenset(unknown),
        property_dependencies=needs or {},
    )


def graph(*resources: Resource) -> Graph:
    return Graph("test", {one.urn: one for one in resources}, {})


def change(*resources: Resource) -> dict[str, Any]:
    """What the plan says of the first resource."""
    found: dict[str, Any] = terraform_plan(graph(*resources))["resource_changes"][0]["change"]
    return found


def after(kind: str, inputs: Mapping[str, Any]) -> Any:
    return change(resource(kind, inputs=inputs))["after"]


def configured(plan: Mapping[str, Any], address: str) -> dict[str, Any]:
    (found,) = [one for one in plan["configuration"]["root_module"]["resources"] if one["address"] == address]
    expressions: dict[str, Any] = found["expressions"]
    return expressions


def test_every_resource_of_aws_is_in_all_three_parts() -> None:
    plan = terraform_plan(recorded_sample())
    parts = (
        plan["planned_values"]["root_module"]["resources"],
        plan["resource_changes"],
        plan["configuration"]["root_module"]["resources"],
    )
    count = len([one for one in recorded_sample() if one.type.startswith("aws:")])
    assert count > 20
    for part in parts:
        assert len({one["address"] for one in part}) == count
        assert {one["address"] for one in part} == {f"{one['type']}.{one['name']}" for one in part}
    for planned, changed in zip(*parts[:2], strict=True):
        assert planned["values"] == changed["change"]["after"]


def test_a_block_is_a_list_of_one_and_repeated_blocks_lose_their_plural() -> None:
    encryption = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    assert after(kind, {"bucket": "docs", "rules": [encryption]}) == {
        "bucket": "docs",
        "rule": [
            {"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}], "bucket_key_enabled": True}
        ],
    }


def test_an_empty_block_is_one() -> None:
    assert after(WEB_ACL, {"defaultAction": {"allow": {}}}) == {"default_action": [{"allow": [{}]}]}


def test_keys_that_people_choose_are_left_alone() -> None:
    assert after(BUCKET, {"tags": {"costCenter": "a"}}) == {"tags": {"costCenter": "a"}}
    alarm = {"name": "errors", "dimensions": {"LoadBalancer": "app/portal"}}
    found = after("aws:cloudwatch/metricAlarm:MetricAlarm", alarm)
    assert found == {"alarm_name": "errors", "dimensions": {"LoadBalancer": "app/portal"}}


def test_lists_of_text_keep_their_names_and_documents_stay_text() -> None:
    document = '{"Version": "2012-10-17", "Statement": []}'
    assert after("aws:kms/key:Key", {"policy": document}) == {"policy": document}
    assert after(DATABASE, {"vpcSecurityGroupIds": ["sg-1"]}) == {"vpc_security_group_ids": ["sg-1"]}


def test_what_is_unknown_is_marked_and_not_shown() -> None:
    found = change(
        resource(
            DATABASE,
            inputs={"kmsKeyId": UNKNOWN, "vpcSecurityGroupIds": ["sg-1", UNKNOWN], "s3Import": {"bucketName": UNKNOWN}},
            unknown=[("kmsKeyId",), ("vpcSecurityGroupIds", 1), ("s3Import", "bucketName")],
        )
    )
    assert found["after"] == {"vpc_security_group_ids": ["sg-1", None], "s3_import": [{}]}
    assert found["after_unknown"] == {
        "kms_key_id": True,
        "vpc_security_group_ids": [False, True],
        "s3_import": [{"bucket_name": True}],
    }


@pytest.mark.parametrize("value", [SECRET, "a canary"])
def test_a_secret_is_marked_and_not_shown_even_if_the_graph_has_it(value: str) -> None:
    """The graph of the engine that applies it has the values."""
    inputs = {"password": value, "tags": {"a": value}, "s3Import": {"bucketName": value}}
    paths: list[Path] = [("password",), ("tags", "a"), ("s3Import",)]
    found = change(resource(DATABASE, inputs=inputs, secret=paths))
    assert "canary" not in json.dumps(found)
    assert found["after_sensitive"] == {"password": True, "tags": {"a": True}, "s3_import": True}
    assert found["after"]["password"] == SECRET


def test_an_unknown_secret_is_both() -> None:
    one = resource(DATABASE, inputs={"password": UNKNOWN}, secret=[("password",)], unknown=[("password",)])
    found = change(one)
    assert found["after"] == {}
    assert found["after_unknown"] == found["after_sensitive"] == {"password": True}


def test_no_plan_has_a_secret_of_the_program() -> None:
    def program() -> None:
        password = pulumi.Config().require_secret("password")
        Instance("database", instance_class="db.m8g.large", password=password)

    config, keys = {"portal:password": "a canary"}, ["portal:password"]
    for reveal in (True, False):
        found = terraform_plan(record_program(program, config=config, secret_keys=keys, reveal=reveal))
        assert "canary" not in json.dumps(found)
        assert found["resource_changes"][0]["change"]["after_sensitive"] == {"password": True}


def test_an_input_refers_to_the_resource_that_gives_it() -> None:
    plan = terraform_plan(recorded_sample())
    logs = configured(plan, "aws_cloudwatch_log_group.logs")
    assert logs == {"kms_key_id": {"references": ["aws_kms_key.key"]}}
    listener = configured(plan, "aws_lb_listener.https")
    assert listener["default_action"] == [{"target_group_arn": {"references": ["aws_lb_target_group.pods"]}}]


def test_an_input_refers_to_it_after_a_deployment_too() -> None:
    """Which part of a block refers is not known there, but the block does."""
    listener = configured(terraform_plan(recorded_sample(preview=False)), "aws_lb_listener.https")
    assert listener["default_action"] == {"references": ["aws_lb_target_group.pods"]}


def test_what_has_to_be_there_first_is_said() -> None:
    resources = terraform_plan(recorded_sample())["configuration"]["root_module"]["resources"]
    first = {one["address"]: one["depends_on"] for one in resources if "depends_on" in one}
    assert first == {"aws_db_instance.database": ["aws_iam_role_policy_attachment.database-monitoring"]}


def test_no_reference_leads_nowhere() -> None:
    one = resource(inputs={"bucket": UNKNOWN}, unknown=[("bucket",)], needs={"bucket": ("urn:kubernetes::gone",)})
    assert configured(terraform_plan(graph(one)), "aws_s3_bucket.one") == {}


def test_two_of_one_name_have_addresses_of_their_own() -> None:
    plan = terraform_plan(graph(*(resource(inputs={}, parent=parent) for parent in ("a", "b", "c"))))
    addresses = [one["address"] for one in plan["resource_changes"]]
    assert addresses == ["aws_s3_bucket.one", "aws_s3_bucket.one_2", "aws_s3_bucket.one_3"]


def test_default_tags_are_the_providers_and_a_resources_own_come_first() -> None:
    provider = resource(
        "pulumi:providers:aws",
        "aws",
        inputs={"region": "eu-central-1", "secretKey": "canary", "defaultTags": '{"tags": {"team": "a", "of": "b"}}'},
    )
    one = resource(inputs={"tags": {"team": "mine"}}, provider=provider.urn)
    versions = resource("aws:s3/bucketVersioning:BucketVersioning", inputs={}, provider=provider.urn)
    plan = terraform_plan(graph(one, versions, provider))
    bucket, other = (found["values"] for found in plan["planned_values"]["root_module"]["resources"])
    assert bucket == {"tags": {"team": "mine"}, "tags_all": {"team": "mine", "of": "b"}}
    assert other == {}
    expressions = plan["configuration"]["provider_config"]["aws"]["expressions"]
    assert expressions == {
        "region": {"constant_value": "eu-central-1"},
        "default_tags": [{"tags": {"constant_value": {"team": "a", "of": "b"}}}],
    }


def test_a_second_provider_is_an_alias() -> None:
    first, second = (resource("pulumi:providers:aws", name, inputs={"region": name}) for name in ("a", "b"))
    plan = terraform_plan(graph(resource(inputs={}, provider=second.urn), first, second))
    assert plan["configuration"]["root_module"]["resources"][0]["provider_config_key"] == "aws.b"
    assert plan["configuration"]["provider_config"]["aws.b"]["alias"] == "b"


def test_the_same_graph_gives_the_same_bytes() -> None:
    again = record_program(aws_sample, stack="sample")
    assert json.dumps(terraform_plan(again)) == json.dumps(terraform_plan(recorded_sample()))


def test_a_cluster_is_in_no_plan() -> None:
    one = resource("kubernetes:core/v1:ConfigMap", inputs={"data": {}})
    assert terraform_plan(graph(one))["resource_changes"] == []
