"""A foundation as a whole: what is made, what is not, and what a portal's stack gets from it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from policies.rules import violations
from portal.foundation import FoundationPlan
from portal.graph.model import UNKNOWN, Graph
from portal.graph.recorder import record_program
from portal.models.aws.deployer import MOST_OF_SECRETS
from portal.models.aws.foundation import FoundationSettings
from portal.models.aws.place import Aws
from portal.models.base import validated
from stacks.aws_foundation import build
from stacks.exports import export
from tests.components.aws import of_type, the, waits_for
from tests.components.test_identity import MOST_OF_A_POLICY
from tests.models.test_foundation import CLUSTER, DEPLOYER, EXISTING, OWN, ZONES
from tests.support.iam_rights import allows

RELEASES = {"repository": "acme/portal"}
WHO = {"deployers": {"prod": DEPLOYER, "dev": DEPLOYER}, "releases": RELEASES}
FULL = {**OWN, "cluster": CLUSTER, **WHO, "tags": {"team": "platform"}}
EXISTING_ALL = {**EXISTING, "cluster": CLUSTER, "deployers": {"prod": DEPLOYER}}
SETTINGS = {"own": FULL, "existing": EXISTING_ALL, "bare": OWN}
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
EVERY = pytest.mark.parametrize("which", SETTINGS)


def record(data: dict[str, Any], *, preview: bool = False) -> Graph:
    settings = FoundationSettings.model_validate(data)

    def program() -> None:
        export(build(FoundationPlan("foundation", settings, lambda _: "")))

    return record_program(program, stack="foundation", preview=preview)


@cache
def graph_of(which: str, *, preview: bool = False) -> Graph:
    return record(SETTINGS[which], preview=preview)


@EVERY
def test_no_rule_is_broken(which: str) -> None:
    assert violations(graph_of(which)) == []


@EVERY
@pytest.mark.parametrize("preview", [True, False])
def test_the_same_settings_give_the_same_graph(which: str, preview: bool) -> None:
    assert record(SETTINGS[which], preview=preview) == graph_of(which, preview=preview)


@EVERY
def test_a_preview_shows_every_resource(which: str) -> None:
    assert graph_of(which, preview=True).resources.keys() == graph_of(which).resources.keys()


@EVERY
def test_nothing_is_secret(which: str) -> None:
    """Whoever may read the graph may read all of it: people sign in, and no password is made."""
    assert [one.name for one in graph_of(which) if one.secret] == []


@EVERY
def test_everything_is_made_in_the_account_and_region_of_the_settings(which: str) -> None:
    graph = graph_of(which)
    (provider,) = [one for one in graph if one.type == "pulumi:providers:aws"]
    assert provider.inputs["region"] == OWN["region"]
    assert json.loads(provider.inputs["allowedAccountIds"]) == [OWN["account"]]
    of_aws = [one for one in graph if one.type.startswith("aws:")]
    assert {one.provider for one in of_aws} == {provider.urn}
    assert [one.name for one in of_aws if "region" in one.inputs] == []


def test_every_resource_says_whose_it_is() -> None:
    (provider,) = [one for one in graph_of("own") if one.type == "pulumi:providers:aws"]
    assert json.loads(provider.inputs["defaultTags"]) == {
        "tags": {"team": "platform", "portal:stack": "foundation", "portal:managed-by": "pulumi"}
    }


@EVERY
@pytest.mark.parametrize("kind", ["Vpc", "Subnet", "NatGateway", "FlowLog", "RouteTable", "DefaultSecurityGroup"])
def test_nothing_is_made_in_an_existing_vpc(which: str, kind: str) -> None:
    assert bool(of_type(graph_of(which), kind)) is (which != "existing")


def test_without_a_cluster_nothing_of_one_is_made() -> None:
    graph = graph_of("bare")
    assert of_type(graph, "Cluster") == of_type(graph, "AccessEntry") == graph.objects() == []
    assert "cluster" not in graph.outputs["aws"]
    assert "node-role" not in {one.name for one in graph}


def test_a_portals_stack_gets_plain_ids() -> None:
    given = graph_of("own").outputs["aws"]
    assert given.keys() == {"account", "region", "vpc", "subnets", "cluster", "boundary", "logsBucket", "tags"}
    assert given["vpc"] == {"id": "id-vpc", "cidr": "10.40.0.0/16"}
    for role in ("public", "private", "database"):
        assert [one["zone"] for one in given["subnets"][role]] == ZONES
        assert [one["id"] for one in given["subnets"][role]] == [f"id-{role}-{zone}" for zone in "abc"]
        made = [one.inputs["cidrBlock"] for one in of_type(graph_of("own"), "Subnet") if one.name.startswith(role)]
        assert [one["cidr"] for one in given["subnets"][role]] == made
    assert given["cluster"].keys() == {"name", "endpoint", "authority", "securityGroup", "serviceCidr"}
    assert UNKNOWN not in json.dumps(given)


def test_a_portals_stack_gets_the_same_of_an_existing_vpc() -> None:
    given = graph_of("existing").outputs["aws"]
    assert given["vpc"] == {"id": EXISTING["vpc"]["id"], "cidr": "10.40.0.0/16"}
    assert given["subnets"] == EXISTING["vpc"]["subnets"]
    assert the(graph_of("existing"), "Cluster").inputs["vpcConfig"]["subnetIds"] == [
        one["id"] for one in EXISTING["vpc"]["subnets"]["private"]
    ]


def test_subnets_are_in_the_order_of_the_zones_whatever_order_they_are_written_in() -> None:
    subnets = {role: list(reversed(found)) for role, found in EXISTING["vpc"]["subnets"].items()}
    turned = {**EXISTING_ALL, "vpc": {**EXISTING["vpc"], "subnets": subnets}}
    assert record(turned) == graph_of("existing")


def test_each_portal_has_a_deployer_of_its_own() -> None:
    graph = graph_of("own")
    names = {one.name for one in of_type(graph, "Role")}
    assert {"deploy-dev", "deploy-prod"} <= names
    for portal in ("dev", "prod"):
        boundary = the(graph, "Policy", f"deploy-boundary-{portal}")
        assert waits_for(graph, the(graph, "Role", f"deploy-{portal}"), boundary)
        assert f"role/portal/{portal}/*" in boundary.inputs["policy"]
        entry = the(graph, "AccessEntry", f"access-{portal}")
        assert entry.inputs["kubernetesGroups"] == ["portal-deployers"]
        assert waits_for(graph, entry, the(graph, "Role", f"deploy-{portal}"))


def test_beside_each_deployer_is_a_role_that_only_reads() -> None:
    graph = graph_of("own")
    assert graph.outputs["readOnlyRoles"].keys() == graph.outputs["deployRoles"].keys() == {"dev", "prod"}
    role = the(graph, "Role", "deploy-prod-read-only")
    assert role.inputs["name"] == "foundation-deploy-prod-read-only"
    assert '"repo:acme/portal:environment:prod-read"' in role.inputs["assumeRolePolicy"]
    assert waits_for(graph, role, the(graph, "Policy", "deploy-boundary-prod"))
    entry = the(graph, "AccessEntry", "access-read-only-prod")
    assert entry.inputs["kubernetesGroups"] == ["portal-readers"]
    assert waits_for(graph, entry, role)


def test_stacks_that_come_and_go_are_removed_by_jobs_of_a_second_environment() -> None:
    graph = record({**FULL, "deployers": {"pr": {**DEPLOYER, "environment": "pull-request", "ephemeral": True}}})
    subjects = ["repo:acme/portal:environment:pull-request", "repo:acme/portal:environment:pull-request-expire"]
    (trust,) = json.loads(the(graph, "Role", "deploy-pr").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] == subjects
    assert "role/portal/pr-*/*" in the(graph, "Policy", "deploy-boundary-pr").inputs["policy"]
    assert violations(graph) == []


def test_who_pushes_releases_does_nothing_else() -> None:
    """And needs no deployer beside it."""
    graph = record({**OWN, "releases": RELEASES})
    role = the(graph, "Role", "release")
    assert (role.inputs["path"], role.inputs["name"]) == ("/portal-foundation/", "foundation-release")
    assert graph.outputs["releaseRole"].startswith("arn:aws:iam::")
    assert '"repo:acme/portal:environment:release"' in role.inputs["assumeRolePolicy"]
    assert waits_for(graph, role, the(graph, "OpenIdConnectProvider", "github"))
    statements = json.loads(the(graph, "RolePolicy", "release-rights").inputs["policy"])["Statement"]
    repository = f"arn:aws:ecr:{OWN['region']}:{OWN['account']}:repository/portal"
    assert allows(statements, "ecr:PutImage", repository, {})
    assert not allows(statements, "ecr:PutImage", f"{repository}-of-others", {})
    assert {one.partition(":")[0] for statement in statements for one in statement["Action"]} == {"ecr"}
    assert not [one for statement in statements for one in statement["Action"] if "Delete" in one or "*" in one]
    assert "releaseRole" not in graph_of("bare").outputs


def test_a_deployer_reads_the_secrets_of_its_own_portal_and_no_others() -> None:
    prod = {**DEPLOYER, "secrets": ["acme/prod/token"], "secretsKey": KEY}
    graph = record({**FULL, "deployers": {"prod": prod, "dev": {**DEPLOYER, "secrets": ["acme/dev/token"]}}})
    assert violations(graph) == []
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:acme/{}-AbCdEf"
    through = {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}
    for portal, own, others in (("prod", "prod/token", "dev/token"), ("dev", "dev/token", "prod/token")):
        policy = the(graph, "Policy", f"deploy-secrets-{portal}")
        for reads in ("", "-read-only"):
            attached = the(graph, "RolePolicyAttachment", f"deploy-secrets-{portal}{reads}")
            assert waits_for(graph, attached, policy)
            assert waits_for(graph, attached, the(graph, "Role", f"deploy-{portal}{reads}"))
        statements = json.loads(policy.inputs["policy"])["Statement"]
        limits = json.loads(the(graph, "Policy", f"deploy-boundary-{portal}").inputs["policy"])["Statement"]
        for given in (statements, limits):
            assert allows(given, "secretsmanager:GetSecretValue", arn.format(own), {})
        for name in (others, "prod/token-2", "prod/tokens", f"x/{own}"):
            assert not allows(statements, "secretsmanager:GetSecretValue", arn.format(name), {}), name
        assert not allows(statements, "secretsmanager:PutSecretValue", arn.format(own), {})
        assert allows(statements, "kms:Decrypt", KEY, through) is (portal == "prod")
        assert not allows(statements, "kms:Decrypt", KEY, {})


def test_a_deployer_without_secrets_has_no_policy_for_them() -> None:
    assert [one.name for one in graph_of("own") if "secrets" in one.name] == []


def test_as_many_secrets_as_a_deployer_may_have_fit_into_its_policy() -> None:
    name, count = "acme/" + "x" * 35, MOST_OF_SECRETS // (40 + 75)
    names = [f"{name[:-2]}{number:02}" for number in range(count)]
    data = {**FULL, "deployers": {"prod": {**DEPLOYER, "secrets": names, "secretsKey": KEY}}}
    (policy,) = [one for one in of_type(record(data), "Policy") if one.name == "deploy-secrets-prod"]
    assert len(policy.inputs["policy"]) <= MOST_OF_A_POLICY


def test_the_accounts_own_identity_provider_is_used_if_it_has_one() -> None:
    """An account can have only one for GitHub."""
    theirs = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    graph = record({**FULL, "identityProvider": theirs})
    assert of_type(graph, "OpenIdConnectProvider") == []
    assert theirs in the(graph, "Role", "deploy-prod").inputs["assumeRolePolicy"]
    assert len(of_type(graph_of("own"), "OpenIdConnectProvider")) == 1


def test_the_key_lets_the_logs_of_this_stack_be_encrypted() -> None:
    graph = graph_of("own")
    policy = the(graph, "Key").inputs["policy"]
    groups = [one.inputs["name"] for one in of_type(graph, "LogGroup")]
    assert len(groups) == 2
    assert [name for name in groups if f'log-group:{name}"' not in policy] == []


def test_nothing_is_kept_of_a_foundation_that_is_thrown_away() -> None:
    graph = record({**FULL, "keep": False})
    assert [one.name for one in graph if one.protect or one.retain_on_delete] == []
    assert the(graph, "Cluster").inputs["deletionProtection"] is False


def test_names_are_those_of_the_plan() -> None:
    """Logical names are addresses in the state: another one replaces the resource."""
    found = {one.name for one in graph_of("own")}
    assert found >= {
        *("aws", "key", "vpc", "default-security-group", "flow-log", "internet-gateway", "public-a", "private-b"),
        *("database-c", "nat-a", "routes-public", "routes-private-a", "routes-database", "endpoint-s3"),
        *("cluster-role", "node-role", "cluster-logs", "cluster", "access-platform", "kubernetes"),
        *("network-policy-switch", "portal-deployer", "registry", "github", "deploy-boundary-prod", "deploy-prod"),
        "logs-bucket",
    }


@pytest.mark.parametrize("which", ["own", "existing"])
def test_a_portals_stack_takes_what_is_exported(which: str) -> None:
    """``portal:aws`` of a portal's stack has its own rules, which real ids satisfy."""
    given = json.loads(json.dumps(graph_of(which).outputs["aws"]).replace("id-vpc", "vpc-0123456789abcdef0"))
    for number, subnet in enumerate(one for role in given["subnets"].values() for one in role):
        subnet["id"] = f"subnet-{number:017x}"
    place = validated(Aws, given, lambda _: "stacks/Pulumi.prod.yaml")
    assert place.model_dump(by_alias=True, exclude_unset=True, mode="json") == given
