"""What the pages about AWS say in numbers, names and rights is what the code does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from components.database.rds import log_groups
from components.entry.firewall_log import LOG_PREFIX
from portal.aws.arn import regional_arn
from portal.aws.names import portal_label
from portal.aws.sizes import PRICES_DATE, SIZES
from portal.graph.model import Graph, Resource
from tests.support.aws_graphs import STACKS, recorded_file
from tests.support.checkouts import ROOT
from tests.support.iam_rights import allows

PAGES = ROOT / "docs" / "how-to"
JSON = re.compile(r"```json\n(.*?)```", re.DOTALL)
ANY = "*"
IAM = "arn:aws:iam::111122223333:{}"
BUCKET = "arn:aws:s3:::{bucket}"
ID = "0123456789abcdef0"


def here(service: str, resource: str) -> str:
    return regional_arn(service, "eu-central-1", "111122223333", resource)


# What each type is made, changed and deleted with, and what that is asked for, with inputs of the resource in it.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
KEY, ROLE, POLICY = here("kms", f"key/{ID}"), IAM.format("role{path}{name}"), IAM.format("policy{path}{name}")
CLUSTER, ENTRY = here("eks", "cluster/{name}"), here("eks", "access-entry/acme/role/111122223333/platform/" + ID)
PROVIDER = IAM.format("oidc-provider/token.actions.githubusercontent.com")
RULE = here("ec2", f"security-group-rule/sgr-{ID}")
TYPES: Mapping[str, Sequence[tuple[str, str]]] = {
    "aws:cloudwatch/logGroup:LogGroup": [
        ("logs:CreateLogGroup PutRetentionPolicy AssociateKmsKey TagResource", here("logs", "log-group:{name}")),
        ("logs:CreateLogGroup ListTagsForResource DeleteLogGroup", here("logs", "log-group:{name}:log-stream:")),
        ("logs:DescribeLogGroups", ANY),
    ],
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": [
        ("ec2:RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateTags", here("ec2", f"security-group/sg-{ID}"))
    ],
    "aws:ec2/eip:Eip": [("ec2:AllocateAddress ReleaseAddress CreateTags", here("ec2", f"elastic-ip/eipalloc-{ID}"))],
    "aws:ec2/flowLog:FlowLog": [
        ("ec2:CreateFlowLogs DeleteFlowLogs CreateTags", here("ec2", f"vpc-flow-log/fl-{ID}")),
        ("logs:CreateLogDelivery DeleteLogDelivery", ANY),
        ("iam:PassRole", IAM.format("role/portal-foundation/foundation-flow-log")),
    ],
    "aws:ec2/internetGateway:InternetGateway": [
        (
            "ec2:CreateInternetGateway AttachInternetGateway DetachInternetGateway",
            here("ec2", "internet-gateway/igw-1"),
        ),
        ("ec2:DeleteInternetGateway", here("ec2", "internet-gateway/igw-1")),
    ],
    "aws:ec2/natGateway:NatGateway": [("ec2:CreateNatGateway DeleteNatGateway", here("ec2", f"natgateway/nat-{ID}"))],
    "aws:ec2/route:Route": [("ec2:CreateRoute ReplaceRoute DeleteRoute", here("ec2", f"route-table/rtb-{ID}"))],
    "aws:ec2/routeTable:RouteTable": [
        ("ec2:CreateRouteTable DeleteRouteTable CreateTags", here("ec2", f"route-table/rtb-{ID}"))
    ],
    "aws:ec2/routeTableAssociation:RouteTableAssociation": [
        ("ec2:AssociateRouteTable DisassociateRouteTable", here("ec2", f"route-table/rtb-{ID}"))
    ],
    "aws:ec2/securityGroup:SecurityGroup": [
        ("ec2:CreateSecurityGroup DeleteSecurityGroup CreateTags", here("ec2", f"security-group/sg-{ID}")),
        # A new group lets everything out, which Pulumi takes away.
        ("ec2:RevokeSecurityGroupEgress", here("ec2", f"security-group/sg-{ID}")),
    ],
    "aws:ec2/subnet:Subnet": [
        ("ec2:CreateSubnet ModifySubnetAttribute DeleteSubnet CreateTags", here("ec2", f"subnet/subnet-{ID}"))
    ],
    "aws:ec2/vpc:Vpc": [("ec2:CreateVpc ModifyVpcAttribute DeleteVpc CreateTags", here("ec2", f"vpc/vpc-{ID}"))],
    "aws:ec2/vpcEndpoint:VpcEndpoint": [
        ("ec2:CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints", here("ec2", f"vpc-endpoint/vpce-{ID}"))
    ],
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": [
        ("ecr:PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy", here("ecr", "repository/portal"))
    ],
    "aws:ecr/repository:Repository": [
        ("ecr:CreateRepository DescribeRepositories DeleteRepository TagResource", here("ecr", "repository/{name}")),
        # ECR asks for a grant in the name of whoever makes it.
        ("kms:CreateGrant DescribeKey RetireGrant", KEY),
    ],
    "aws:eks/accessEntry:AccessEntry": [
        ("eks:CreateAccessEntry", here("eks", "cluster/acme")),
        ("eks:DescribeAccessEntry UpdateAccessEntry DeleteAccessEntry TagResource", ENTRY),
    ],
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": [
        ("eks:AssociateAccessPolicy DisassociateAccessPolicy ListAssociatedAccessPolicies", ENTRY)
    ],
    "aws:eks/cluster:Cluster": [
        ("eks:CreateCluster", ANY),
        ("eks:DescribeCluster UpdateClusterConfig UpdateClusterVersion DeleteCluster TagResource", CLUSTER),
        ("iam:PassRole GetRole", IAM.format("role/portal-foundation/foundation-cluster-role")),
        ("iam:PassRole", IAM.format("role/portal-foundation/foundation-node-role")),
        ("kms:CreateGrant DescribeKey", KEY),
    ],
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": [
        ("iam:CreateOpenIDConnectProvider GetOpenIDConnectProvider DeleteOpenIDConnectProvider", PROVIDER),
        ("iam:TagOpenIDConnectProvider", PROVIDER),
    ],
    "aws:iam/policy:Policy": [("iam:CreatePolicy GetPolicy CreatePolicyVersion DeletePolicy TagPolicy", POLICY)],
    "aws:iam/role:Role": [
        ("iam:CreateRole GetRole DeleteRole TagRole UpdateAssumeRolePolicy PutRolePermissionsBoundary", ROLE)
    ],
    "aws:iam/rolePolicy:RolePolicy": [
        ("iam:PutRolePolicy GetRolePolicy DeleteRolePolicy", IAM.format("role/portal-foundation/foundation-deploy-dev"))
    ],
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": [
        ("iam:AttachRolePolicy DetachRolePolicy", IAM.format("role/portal-foundation/foundation-node-role"))
    ],
    "aws:kms/alias:Alias": [
        ("kms:CreateAlias DeleteAlias", here("kms", "{name}")),
        ("kms:CreateAlias DeleteAlias", KEY),
        ("kms:ListAliases", ANY),
    ],
    "aws:kms/key:Key": [
        ("kms:CreateKey TagResource", ANY),
        ("kms:EnableKeyRotation DescribeKey GetKeyPolicy PutKeyPolicy ScheduleKeyDeletion", KEY),
    ],
    "aws:s3/bucket:Bucket": [("s3:CreateBucket PutBucketTagging ListBucket DeleteBucket", BUCKET)],
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [("s3:PutLifecycleConfiguration", BUCKET)],
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": [("s3:PutBucketOwnershipControls", BUCKET)],
    "aws:s3/bucketPolicy:BucketPolicy": [("s3:PutBucketPolicy GetBucketPolicy DeleteBucketPolicy", BUCKET)],
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [("s3:PutBucketPublicAccessBlock", BUCKET)],
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
        ("s3:PutEncryptionConfiguration GetEncryptionConfiguration", BUCKET)
    ],
    "aws:s3/bucketVersioning:BucketVersioning": [("s3:PutBucketVersioning GetBucketVersioning", BUCKET)],
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
        ("ec2:AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress ModifySecurityGroupRules CreateTags", RULE)
    ],
}


def documents(page: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in JSON.findall((PAGES / page).read_text())]


def foundation() -> Graph:
    return recorded_file(STACKS / "foundation.yaml", preview=False)


def made() -> list[Resource]:
    return [one for one in foundation() if one.type.startswith("aws:")]


def rights_of(resource: Resource) -> list[tuple[str, str]]:
    bucket = "access-logs-111122223333-eu-central-1"
    inputs = {"bucket": bucket, **{key: str(value) for key, value in resource.inputs.items()}}
    found: list[tuple[str, str]] = []
    for actions, form in TYPES[resource.type]:
        service, _, names = actions.partition(":")
        found += [(f"{service}:{name}", form.format_map({**inputs, "bucket": bucket})) for name in names.split()]
    return found


def test_every_type_of_a_foundation_has_rights_here() -> None:
    assert sorted(TYPES) == sorted({one.type for one in made()})


@pytest.mark.parametrize("of_type", sorted(TYPES))
def test_whoever_deploys_a_foundation_may_make_all_of_it(of_type: str) -> None:
    """The policy on the page is enough for each resource of the example."""
    statements = documents("aws-permissions.md")[0]["Statement"]
    needed = {right for one in made() if one.type == of_type for right in rights_of(one)}
    assert [right for right in sorted(needed) if not allows(statements, *right, {})] == []


def test_the_policy_fits_into_one_managed_policy() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    assert len(json.dumps(documents("aws-permissions.md")[0], separators=(",", ":"))) <= 6144


def test_a_key_of_others_is_open_for_the_logs_of_the_portal() -> None:
    (policy,) = documents("aws-existing-network-and-cluster.md")
    (logs,) = [one for one in policy["Statement"] if one["Sid"] == "Logs"]
    label = portal_label("prod")
    groups = [f"{LOG_PREFIX}{label}", *log_groups(label)]
    expected = [here("logs", f"log-group:{name}") for name in groups]
    assert logs["Condition"]["StringEquals"]["kms:EncryptionContext:aws:logs:arn"] == expected


def test_what_is_named_before_a_restore_is_the_database() -> None:
    (urn,) = re.findall(
        r"pulumi state unprotect --stack prod '(.*)'", (PAGES / "aws-restore-a-database.md").read_text()
    )
    graph = recorded_file(STACKS / "prod.yaml", preview=False)
    (database,) = [one for one in graph if one.type == "aws:rds/instance:Instance"]
    assert urn == database.urn
    assert database.protect


def test_the_last_snapshot_has_the_name_that_the_page_looks_for() -> None:
    graph = recorded_file(STACKS / "dev.yaml", preview=False)
    (database,) = [one for one in graph if one.type == "aws:rds/instance:Instance"]
    name = database.inputs["finalSnapshotIdentifier"].replace("-dev-", "-prod-")
    assert f"`{name}`" in (PAGES / "aws-remove-everything.md").read_text()


def test_the_costs_of_databases_are_those_of_their_sizes() -> None:
    text = (PAGES / "aws-costs.md").read_text()
    for size in SIZES.values():
        costs = " | ".join(str(size.monthly_cost(multi_az=multi_az)) for multi_az in (False, True))
        assert f"| `{size.name}` | {size.classes[0]} | {size.storage} | {costs} |" in text
    assert PRICES_DATE in text
