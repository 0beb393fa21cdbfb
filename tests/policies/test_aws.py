"""The rules for resources of AWS: each catches what is wrong, and none refuses what is right or not known yet."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from policies.aws.controls import AWS_CONTROLS
from policies.aws.waivers import WAIVERS
from policies.control import Control
from policies.rules import CHOICES, RULES, advice, refused, violations
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN, Graph, Resource
from portal.plugins.load import load_plugins
from tests.graph.broken import BROKEN as BROKEN_KUBERNETES
from tests.policies.aws_broken import ALSO, BROKEN, added, edited, set_to, statement
from tests.policies.sample import document, portal_graph, whole_graph

# AWS Foundational Security Best Practices, the controls that touch a type that we make, as of 2026-11
# (https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html).
TABLE = {
    "VPC and subnets": "EC2.2 EC2.6 EC2.10 EC2.15",
    "security groups": "EC2.13 EC2.14 EC2.18 EC2.19",
    "EKS": "EKS.1 EKS.2 EKS.3 EKS.8",
    "RDS": "RDS.2 RDS.3 RDS.5 RDS.6 RDS.8 RDS.9 RDS.10 RDS.11 RDS.13 RDS.17 RDS.18 RDS.23 RDS.25 RDS.36 RDS.38",
    "S3": "S3.2 S3.3 S3.5 S3.6 S3.8 S3.9 S3.12 S3.13 S3.14 S3.17",
    "S3, which a good stack fails": "S3.7 S3.11 S3.15 S3.20",
    "load balancers": "ELB.1 ELB.4 ELB.5 ELB.6 ELB.12 ELB.13 ELB.16",
    "certificates and names": "ACM.2 Route53.2",
    "IAM": "IAM.1 IAM.21 KMS.1 KMS.2",
    "KMS and ECR": "KMS.3 KMS.4 KMS.5 ECR.1 ECR.2 ECR.3",
    "SNS and secrets": "SNS.1 SNS.4 SecretsManager.1",
    "firewalls": "WAF.10 WAF.11 WAF.12",
}
FSBP = [one for ids in TABLE.values() for one in ids.split()]
# Of CIS Amazon Web Services Foundations Benchmark 7.0, for the same types.
CIS = (
    *("2.14", "2.21", "3.1.1", "3.1.4", "3.2.1", "3.2.2", "3.2.3", "3.2.4", "4.6", "4.7", "4.10"),
    *("6.3", "6.4", "6.5", "6.8"),
)
EACH = pytest.mark.parametrize("control", AWS_CONTROLS, ids=lambda control: control.key)


@pytest.mark.parametrize("control_id", FSBP)
def test_every_control_that_touches_us_is_implemented_or_waived(control_id: str) -> None:
    implemented = [control for control in AWS_CONTROLS if control_id in control.ids]
    assert len(implemented) + (control_id in WAIVERS) == 1


@pytest.mark.parametrize("number", CIS)
def test_every_recommendation_of_cis_that_touches_us_is_implemented(number: str) -> None:
    assert [control for control in AWS_CONTROLS if f"CIS {number}" in control.ids]


def test_only_what_exists_is_waived_and_each_has_a_reason() -> None:
    assert [one for one, reason in WAIVERS.items() if one not in FSBP or len(reason) < 40] == []


def test_every_control_has_a_name_and_a_mutant_of_its_own() -> None:
    assert sorted(control.key for control in AWS_CONTROLS) == sorted(BROKEN)


@pytest.mark.parametrize("preview", [True, False])
def test_a_good_graph_violates_nothing(preview: bool) -> None:
    assert violations(whole_graph(preview=preview)) == []


@EACH
def test_a_control_catches_its_mutant_and_names_the_resource(control: Control) -> None:
    graph = BROKEN[control.key](whole_graph())
    found = list(control.check(graph))
    assert found
    assert {one.partition(":")[0] for one in found} <= {one.name for one in graph}


@pytest.mark.parametrize(("key", "mutant"), ALSO, ids=[f"{index}-{key}" for index, (key, _) in enumerate(ALSO)])
def test_a_control_catches_other_ways_to_do_it_wrong(key: str, mutant: Any) -> None:
    (control,) = [one for one in AWS_CONTROLS if one.key == key]
    assert list(control.check(mutant(whole_graph())))


def test_most_mutants_are_caught_before_a_deployment_too() -> None:
    """All but those of policies that are not known yet: `portal check` and pull requests see previews only."""
    missed: list[str] = []
    for control in AWS_CONTROLS:
        try:
            caught = list(control.check(BROKEN[control.key](whole_graph(preview=True))))
        except ValueError:
            # Its policy is not known yet, so there is no statement to change.
            caught = []
        missed += [] if caught else [control.key]
    assert missed == [
        # S3.17: without its policy, nobody knows whether a bucket is for logs.
        *("S3.5", "S3.6", "S3.17", "IAM.1", "IAM.21", "KMS.2"),
        "Policies name the resource `*` only where AWS has no resource level",
        "Services and single federated identities take roles, and nobody else",
        *("CIS 2.21", "SNS.4"),
    ]


def _with_unknown(value: Any) -> Iterator[Any]:
    """A value with one part of it unknown, for each of its parts."""
    yield UNKNOWN
    parts: Iterable[tuple[Any, Any]] = (
        value.items() if is_mapping(value) else enumerate(value) if is_list(value) else ()
    )
    for key, part in parts:
        for other in _with_unknown(part):
            changed: Any = copy.copy(value)
            changed[key] = other
            yield changed


def test_what_is_not_known_yet_violates_nothing() -> None:
    graph = whole_graph()
    ours = [one for one in graph if one.type.startswith(("aws:", "pulumi:providers:aws"))]
    for one in ours:
        for key, value in one.inputs.items():
            for changed in _with_unknown(value):
                unknown = replace(one, inputs={**one.inputs, key: changed})
                judged = replace(graph, resources={**graph.resources, one.urn: unknown})
                assert [s for control in AWS_CONTROLS for s in control.check(judged)] == [], (one.name, key, changed)


def test_rules_say_nothing_about_a_graph_without_aws() -> None:
    local = Graph("local", {one.urn: one for one in portal_graph() if one.is_kubernetes}, {})
    assert [sentence for control in AWS_CONTROLS for sentence in control.check(local)] == []


def test_what_a_stack_may_decide_is_told_and_the_rest_is_refused() -> None:
    assert {control.key for control in AWS_CONTROLS if control.advisory} == {
        *("EC2.10", "EKS.1", "RDS.5", "RDS.8", "RDS.11", "S3.9", "ELB.5", "ELB.6", "ELB.16"),
        "What is needed to restore a database outlives it",
    }
    one_zone, public = (BROKEN[key](whole_graph()) for key in ("RDS.5", "RDS.2"))
    assert (len(advice(one_zone)), refused(one_zone)) == (1, [])
    assert (advice(public), len(refused(public))) == ([], 1)
    assert set(CHOICES) <= set(RULES)


def test_every_plugin_asks_for_named_rights_only() -> None:
    """What a record asks for is in the policy of the portal's role, if somebody enables the plugin."""
    known = {"account": "111122223333", "region": "eu-central-1"}
    for plugin in load_plugins().values():
        asked = [
            {"Effect": "Allow", "Action": list(one.actions), "Resource": [r.format_map(known) for r in one.resources]}
            for one in plugin.aws
        ]
        if asked:
            graph = set_to("RolePolicy", "portal-prod-portal-identity-rights", policy=document(*asked))(whole_graph())
            assert violations(graph) == [], plugin.id


def test_a_bucket_for_logs_needs_no_log_and_no_key() -> None:
    """Load balancers write to no bucket that KMS encrypts."""
    policy = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/*",
    }
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    graph = set_to("BucketPolicy", "portal-prod-docs-policy", policy=document(policy, tls))(whole_graph())
    for key in ("S3.9", "S3.17"):
        graph = BROKEN[key](graph)
    assert violations(graph) == []


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "192.0.2.0/24"])
def test_a_port_may_be_open_for_a_network(cidr: str) -> None:
    rule = added("SecurityGroupIngressRule", "office", cidrIpv4=cidr, fromPort=22, toPort=22, description="The office")
    assert violations(rule(whole_graph())) == []


def test_deployers_of_a_foundation_have_boundaries_of_their_own() -> None:
    other = edited("Role", "deployer", lambda inputs: inputs.update(permissionsBoundary="arn:aws:iam::1:policy/x"))
    assert violations(other(whole_graph())) == []


@pytest.mark.parametrize(
    "subjects", [["repo:acme/*:ref:refs/heads/main"], ["repo:acme@1/*:environment:docs", "repo:globex/*:environment:x"]]
)
def test_all_repositories_of_an_owner_may_take_a_role(subjects: list[str]) -> None:
    issuer = "token.actions.githubusercontent.com"
    wide = statement(
        "Role",
        "deployer",
        "assumeRolePolicy",
        Condition={"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}, "StringLike": {f"{issuer}:sub": subjects}},
    )
    assert violations(wide(whole_graph())) == []


def test_they_are_fast() -> None:
    """A large stack has 150 resources, and `portal check` should not be felt."""
    graph = whole_graph()
    many: dict[str, Resource] = {}
    for number in range(2):
        many |= {f"{one.urn}-{number}": replace(one, urn=f"{one.urn}-{number}") for one in graph}
    large = replace(graph, resources=many)
    assert len(large.resources) >= 150
    started = time.process_time()
    for control in AWS_CONTROLS:
        list(control.check(large))
    assert time.process_time() - started < 0.05


def test_the_mutants_of_other_rules_are_not_those_of_aws() -> None:
    assert not set(BROKEN) & set(BROKEN_KUBERNETES)
