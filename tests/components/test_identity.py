"""Who deploys a portal can do that, cannot delete its data, and cannot make a role that could."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from components.identity.boundary import DeployBoundary, DeployBoundaryArgs, PortalBoundary, PortalBoundaryArgs
from components.identity.deploy_address import address_statements
from components.identity.deploy_rights import base_statements, deploy_statements
from components.identity.github import DeployRole, DeployRoleArgs, GithubProvider
from components.identity.read_rights import read_statements
from components.identity.statement import DeployRights
from portal.aws.names import LONGEST_STACK
from portal.graph.model import Graph
from tests.components.aws import ACCOUNT, KEY, REGION, recorded_on_aws, statements, the, waits_for
from tests.support.iam_rights import allows

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/portal/boundary-foundation"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
FULL = DeployRights(
    portal="prod",
    account=ACCOUNT,
    region=REGION,
    cluster="acme",
    repository="portal",
    zone="Z0123456789ABCDEFGHIJ",
    host="portal.acme.example",
    state_bucket="acme-state",
    state_key=KEY,
)
EPHEMERAL = replace(FULL, portal="pr", ephemeral=True, host="portal.dev.acme.example")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_OF_A_POLICY, MOST_OF_A_ROLE = 6144, 10240


@cache
def boundary_of(rights: DeployRights) -> str:
    args = DeployBoundaryArgs(rights=rights, label="foundation", boundary=BOUNDARY, key_arn=KEY)
    graph = recorded_on_aws(lambda opts: DeployBoundary(f"deploy-boundary-{rights.portal}", args, opts))
    return the(graph, "Policy").inputs["policy"]


def limits() -> dict[str, Any]:
    return statements(boundary_of(FULL))


def may(rights: DeployRights, action: str, resource: str, **told: str) -> bool:
    """Whether the role's policy and its boundary both allow it. ``told`` is the tag of the key."""
    context = {f"aws:ResourceTag/portal:{key}": value for key, value in told.items()}
    documents = (deploy_statements(rights), list(statements(boundary_of(rights)).values()))
    return all(allows(one, action, resource, context) for one in documents)


def role_graph(repository: str = "acme/portal") -> Graph:
    args = DeployRoleArgs(
        role="foundation-deploy-prod",
        provider_arn=PROVIDER,
        repository=repository,
        environments=["prod"],
        boundary_arn=BOUNDARY,
        statements=base_statements(FULL),
        more=address_statements(FULL),
    )
    return recorded_on_aws(lambda opts: DeployRole("deploy-prod", args, opts))


def matches(given: str | list[str], action: str) -> bool:
    return any(fnmatchcase(action, one) for one in ([given] if isinstance(given, str) else given))


def denied(action: str, resource: str) -> bool:
    """Whether the boundary denies it, whatever else allows it. Conditions are looked at elsewhere."""
    return any(
        one["Effect"] == "Deny"
        and matches(one["Action"], action)
        and "Condition" not in one
        and (matches(one["Resource"], resource) if "Resource" in one else not matches(one["NotResource"], resource))
        for one in limits().values()
    )


ANYTHING = "arn:aws:rds:eu-central-1:111122223333:db:portal-prod-database"
OWN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/portal/prod/pods"


@pytest.mark.parametrize(
    "action",
    ["rds:DeleteDBInstance", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "kms:ScheduleKeyDeletion"],
)
def test_a_deployer_deletes_no_data(action: str) -> None:
    assert denied(action, ANYTHING)
    assert not denied("rds:ModifyDBInstance", ANYTHING)


@pytest.mark.parametrize(
    ("resource", "is_denied"),
    [
        (OWN_ROLE, False),
        (f"arn:aws:iam::{ACCOUNT}:policy/portal/prod/pods", False),
        (f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS", False),
        (f"arn:aws:iam::{ACCOUNT}:role/portal/production/pods", True),
        (f"arn:aws:iam::{ACCOUNT}:role/portal/dev/pods", True),
        (f"arn:aws:iam::{ACCOUNT}:role/portal-foundation/foundation-deploy-prod", True),
        (f"arn:aws:iam::{ACCOUNT}:policy/portal-foundation/foundation-deploy-prod", True),
        (BOUNDARY, True),
        (PROVIDER, True),
        (f"arn:aws:iam::{ACCOUNT}:user/portal/prod/somebody", True),
    ],
)
def test_a_deployer_changes_roles_of_its_own_portal_only(resource: str, is_denied: bool) -> None:
    for action in ("iam:UpdateAssumeRolePolicy", "iam:CreatePolicyVersion", "iam:CreateAccessKey"):
        assert denied(action, resource) is is_denied


def test_every_role_that_a_deployer_makes_is_limited_and_stays_so() -> None:
    limited = limits()["OwnRolesAreLimited"]
    assert limited["Effect"] == "Deny"
    assert limited["Condition"] == {"StringNotEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    made = {"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}
    assert set(limited["Action"]) == made
    assert denied("iam:DeleteRolePermissionsBoundary", OWN_ROLE)


def test_a_deployer_takes_no_other_role_and_keeps_off_the_foundations_key() -> None:
    assert "sts:AssumeRole" in limits()["AllowTheRest"]["NotAction"]
    assert "organizations:*" in limits()["AllowTheRest"]["NotAction"]
    assert denied("kms:PutKeyPolicy", KEY)
    assert denied("kms:TagResource", KEY)


def test_a_role_of_a_portal_does_what_portals_do_and_no_more() -> None:
    args = PortalBoundaryArgs(policy="boundary-foundation", plugin_actions=("ecs:DescribeServices",))
    policy = the(recorded_on_aws(lambda opts: PortalBoundary("boundary", args, opts)), "Policy").inputs
    assert (policy["path"], policy["name"]) == ("/portal/", "boundary-foundation")
    (only,) = statements(policy["policy"]).values()
    for action in ("rds-db:connect", "s3:GetObject", "secretsmanager:GetSecretValue", "ecs:DescribeServices"):
        assert matches(only["Action"], action)
    for action in ("iam:CreateRole", "sts:AssumeRole", "rds:ModifyDBInstance", "s3:PutBucketPolicy", "ecs:RunTask"):
        assert not matches(only["Action"], action)


@pytest.mark.parametrize("repository", ["acme/portal", "acme@123456/portal@456789"])
def test_jobs_of_one_environment_of_one_repository_have_the_role(repository: str) -> None:
    (trust,) = statements(the(role_graph(repository), "Role").inputs["assumeRolePolicy"]).values()
    assert trust["Principal"] == {"Federated": PROVIDER}
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    # Not StringLike: a star would let others in.
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"repo:{repository}:environment:prod",
        }
    }


def test_all_that_the_role_may_do_is_in_its_policies() -> None:
    graph = role_graph()
    found = [the(graph, kind).inputs["policy"] for kind in ("RolePolicy", "Policy")]
    assert [one for text in found for one in json.loads(text)["Statement"]] == deploy_statements(FULL)
    attached = the(graph, "RolePolicyAttachment")
    assert waits_for(graph, attached, the(graph, "Policy"))
    assert waits_for(graph, attached, the(graph, "Role"))


def test_the_role_is_limited_and_out_of_its_own_reach() -> None:
    role = the(role_graph(), "Role").inputs
    assert role["permissionsBoundary"] == BOUNDARY
    assert denied("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role{role['path']}{role['name']}")


def test_github_is_trusted_by_its_certificates_authority() -> None:
    provider = the(recorded_on_aws(lambda opts: GithubProvider("github", opts)), "OpenIdConnectProvider").inputs
    assert provider == {"url": "https://token.actions.githubusercontent.com", "clientIdLists": ["sts.amazonaws.com"]}


def actions_of(statement: dict[str, Any]) -> list[str]:
    return statement["Action"]


def test_no_right_is_a_whole_service() -> None:
    """IAM.21. What has a star describes only, or makes parts of a kind of key."""
    starred = {one for statement in deploy_statements(FULL) for one in actions_of(statement) if "*" in one}
    assert starred == {
        "elasticloadbalancing:Describe*",
        "kms:GenerateDataKey*",
        "rds:DescribeDB*",
        "s3:Get*Configuration",
        "s3:GetBucket*",
    }


def test_any_resource_is_meant_only_where_aws_has_no_resource_level() -> None:
    anywhere = {one["Sid"] for one in deploy_statements(FULL) if one["Resource"] == "*"}
    assert anywhere == {"ImageToken", "NewKey", "WithoutResource"}
    (new,) = [one for one in deploy_statements(FULL) if one["Sid"] == "NewKey"]
    assert new["Condition"] == {"StringEquals": {"aws:RequestTag/portal:stack": "prod"}}


def test_every_resource_is_of_this_account_and_named_by_the_portal_where_it_has_a_name() -> None:
    resources = [
        one
        for statement in deploy_statements(FULL)
        for one in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
        if one != "*"
    ]
    # Buckets, zones and dashboards have ARNs without an account or a region.
    assert [one for one in resources if ACCOUNT not in one and not re.match(r"arn:aws:(s3|route53):::", one)] == []
    by_id = (
        *("certificate/*", "change/*", "key/*", "security-group/*", "security-group-rule/*", "vpc/*"),
        *(
            "secret:rds!*",
            "regional/managedruleset/*",
            "og:default:*",
            "rds:eu-central-1:111122223333:*",
            "log-group:*",
        ),
    )
    rest = [one for one in resources if not one.endswith(by_id)]
    own = re.compile(
        r"portal-prod($|-|/|:)|/portal/prod/|:role/aws-service-role/|acme|repository/portal$|hostedzone/Z0123456789ABCDEFGHIJ$"
    )
    assert [one for one in rest if not own.search(one) and one != KEY] == []


@pytest.mark.parametrize("rights", [FULL, EPHEMERAL], ids=["stays", "ephemeral"])
def test_policies_fit(rights: DeployRights) -> None:
    longest = replace(
        rights,
        portal="x" * LONGEST_STACK,
        region="us-gov-west-1",
        cluster="x" * 100,
        host="x" * 100,
        state_bucket="x" * 63,
    )
    sizes = [
        len(json.dumps({"Version": "2012-10-17", "Statement": found}, separators=(",", ":")))
        for found in (base_statements(longest), read_statements(longest), address_statements(longest))
    ]
    assert max(sizes[:2]) <= MOST_OF_A_ROLE
    assert sizes[2] <= MOST_OF_A_POLICY
    assert len(re.sub(r"\s", "", boundary_of(longest))) <= MOST_OF_A_POLICY


def test_who_only_reads_has_a_part_of_the_deployers_rights_that_changes_nothing() -> None:
    deployer = {one["Sid"]: one for one in deploy_statements(FULL)}
    for one in read_statements(FULL):
        assert set(one["Action"]) <= set(deployer[one["Sid"]]["Action"])
        assert {**one, "Action": ()} == {**deployer[one["Sid"]], "Action": ()}
    found = {action for one in read_statements(FULL) for action in one["Action"]}
    assert {one for one in found if not re.match(r"[a-z0-9-]+:(Describe|Get|List)", one)} == {"kms:Decrypt"}
    assert {"rds:DescribeDB*", "s3:GetObject", "iam:GetRolePolicy", "route53:ListResourceRecordSets"} <= found
    assert {one for one in found if one.startswith("ecr:")} == set()


def test_who_only_reads_decrypts_with_the_key_of_the_state_alone() -> None:
    decrypts = [one["Resource"] for one in read_statements(FULL) if "kms:Decrypt" in one["Action"]]
    assert decrypts == [KEY]
    assert "StateSecrets" not in {one["Sid"] for one in read_statements(replace(FULL, state_key=None))}


DATABASE, BUCKET = "arn:aws:rds:eu-central-1:111122223333:db:portal-{}", "arn:aws:s3:::portal-{}-docs-bucket-1a2b3c4"
DELETED = [
    ("rds:DeleteDBInstance", DATABASE),
    ("rds:DeleteDBSnapshot", "arn:aws:rds:eu-central-1:111122223333:snapshot:portal-{}-final"),
    ("s3:DeleteBucket", BUCKET),
    ("s3:DeleteObjectVersion", f"{BUCKET}/index.html"),
    ("kms:ScheduleKeyDeletion", "arn:aws:kms:eu-central-1:111122223333:key/1"),
]


@pytest.mark.parametrize(("action", "resource"), DELETED)
def test_only_the_data_of_stacks_that_come_and_go_is_deleted_by_their_deployer(action: str, resource: str) -> None:
    assert may(EPHEMERAL, action, resource.format("pr-123"), stack="pr-123")
    for stack in ("prod", "dev", "production", "x-pr-123"):
        assert not may(EPHEMERAL, action, resource.format(stack), stack=stack), stack
        assert not may(replace(FULL, portal=stack), action, resource.format(stack), stack=stack), stack
    assert not may(FULL, action, resource.format("pr-123"), stack="pr-123")
    # A key without a tag is somebody's.
    assert not may(EPHEMERAL, action, resource.format("prod"))


@pytest.mark.parametrize(("action", "resource"), [one for one in DELETED if not one[0].startswith("s3:DeleteObject")])
def test_the_boundary_alone_keeps_the_data_of_others(action: str, resource: str) -> None:
    """Whatever the role's policy may say one day."""
    for rights, stack in ((FULL, "prod"), (EPHEMERAL, "prod")):
        told = {"aws:ResourceTag/portal:stack": stack}
        boundary = list(statements(boundary_of(rights)).values())
        assert not allows(boundary, action, resource.format(stack), told)


def test_deployers_of_what_comes_and_goes_touch_nothing_else() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/portal/{{}}/portal-{{}}-portal-identity-role-1a2b3c4"
    for action, form in (("iam:DeleteRole", role), ("rds:ModifyDBInstance", DATABASE), ("s3:PutBucketPolicy", BUCKET)):
        assert may(EPHEMERAL, action, form.format("pr-123", "pr-123"))
        for stack in ("prod", "production"):
            assert not may(EPHEMERAL, action, form.format(stack, stack)), (action, stack)


STATES = {
    "pr-123": EPHEMERAL,
    "prod": FULL,
}


@pytest.mark.parametrize("key", ["stacks/portal/{}.json", "stacks/portal/{}.json.gz", "stacks/portal/{}.json.bak"])
@pytest.mark.parametrize("stack", STATES)
def test_a_deployer_reads_and_writes_the_state_of_its_own_stack_only(stack: str, key: str) -> None:
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert may(STATES[stack], action, f"arn:aws:s3:::acme-state/.pulumi/{key.format(stack)}")
        for other in ("dev", "production", "prod-eu", "pr", *(set(STATES) - {stack})):
            assert not may(STATES[stack], action, f"arn:aws:s3:::acme-state/.pulumi/{key.format(other)}"), other


@pytest.mark.parametrize("stack", STATES)
def test_a_deployer_has_all_that_pulumi_writes_for_a_stack(stack: str) -> None:
    """Source: https://github.com/pulumi/pulumi/tree/master/pkg/backend/diy."""
    written = [
        f"stacks/portal/{stack}.pulumi-tags",
        f"history/portal/{stack}/{stack}-1764427200.history.json",
        f"backups/portal/{stack}/{stack}.1764427200.json",
        f"locks/organization/portal/{stack}/1f0e.json",
    ]
    for key in written:
        assert may(STATES[stack], "s3:PutObject", f"arn:aws:s3:::acme-state/.pulumi/{key}")
    layout = "arn:aws:s3:::acme-state/.pulumi/meta.yaml"
    assert may(STATES[stack], "s3:GetObject", layout)
    assert not may(STATES[stack], "s3:PutObject", layout)


@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:Encrypt"])
def test_a_deployer_decrypts_the_secrets_of_its_own_stack_only(action: str) -> None:
    for rights, own in ((FULL, "prod"), (EPHEMERAL, "pr-123")):
        policy = deploy_statements(rights)
        assert allows(policy, action, KEY, {"kms:EncryptionContext:stack": own})
        for other in ("dev", "pr", "production"):
            assert not allows(policy, action, KEY, {"kms:EncryptionContext:stack": other})
        # As a stack whose secrets provider names no context has it.
        assert not allows(policy, action, KEY, {})


def record(name: str, kind: str = "A") -> dict[str, str]:
    key = "route53:ChangeResourceRecordSets"
    return {f"{key}NormalizedRecordNames": name, f"{key}RecordTypes": kind}


def test_a_deployer_writes_the_records_of_its_own_host_only() -> None:
    zone, change = "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ", "route53:ChangeResourceRecordSets"
    for rights, host in ((FULL, "portal.acme.example"), (EPHEMERAL, "pr-123.portal.dev.acme.example")):
        policy = deploy_statements(rights)
        assert allows(policy, change, zone, record(host))
        assert allows(policy, change, zone, record(f"_a1b2c3.{host}", "CNAME"))
        for name in ("acme.example", "www.acme.example", "xportal.acme.example", "_dmarc.acme.example"):
            assert not allows(policy, change, zone, record(name)), name
        assert not allows(policy, change, zone, record(host, "MX"))
        assert not allows(policy, change, "arn:aws:route53:::hostedzone/Z9", record(host))
    assert not allows(deploy_statements(EPHEMERAL), change, zone, record("portal.dev.acme.example"))


def test_what_is_not_there_gives_no_rights() -> None:
    bare = DeployRights(portal="prod", account=ACCOUNT, region=REGION)
    found = {one["Sid"] for one in deploy_statements(FULL)} - {one["Sid"] for one in deploy_statements(bare)}
    assert found == {
        *("ImageToken", "Images", "Record", "RecordThere", "StateBucket", "StateLayout", "StateSecrets", "States"),
        "Zone",
    }
