"""The settings of a foundation: what cannot work is refused, with what to write."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from portal.base.errors import InputError
from portal.models.aws.foundation import FoundationSettings
from portal.models.base import validated

ZONES = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
ROLE = "arn:aws:iam::111122223333:role/platform"
OWN: dict[str, Any] = {
    "account": "111122223333",
    "region": "eu-central-1",
    "zones": ZONES,
    "vpc": {"cidr": "10.40.0.0/16"},
}


def subnet(number: int, zone: str, cidr: str | None = None) -> dict[str, str]:
    return {"id": f"subnet-{number:017x}", "zone": zone, "cidr": cidr or f"10.40.{number}.0/24"}


def role(first: int) -> list[dict[str, str]]:
    return [subnet(first + index, zone) for index, zone in enumerate(ZONES)]


EXISTING: dict[str, Any] = {
    **OWN,
    "vpc": {
        "id": "vpc-0123456789abcdef0",
        "cidr": "10.40.0.0/16",
        "subnets": {"public": role(1), "private": role(11), "database": role(21)},
    },
}


def changed(base: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with one value changed, or with one key removed: ``...`` removes it."""
    data = copy.deepcopy(base)
    *parents, last = path.split(".")
    at: Any = data
    for parent in parents:
        at = at[int(parent)] if parent.isdigit() else at[parent]
    key: Any = int(last) if last.isdigit() else last
    if value is ...:
        del at[key]
    else:
        at[key] = value
    return data


def sentences(data: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        validated(FoundationSettings, data, lambda _: "stacks/Pulumi.foundation.yaml:3", prefix="portal:")
    return "\n".join(caught.value.sentences)


CLUSTER = {"name": "acme", "administrators": {"platform": ROLE}}
LONG_EPHEMERAL = {"x" * 16: {"repository": "acme/portal", "environment": "prod", "ephemeral": True}}
TWO_ALIKE = {name: {"repository": "acme/portal", "environment": "prod"} for name in ("prod", "prod-eu")}
DEPLOYER = {
    "repository": "acme/portal",
    "environment": "prod",
    "record": {"zone": "Z0123456789ABCDEFGHIJ", "host": "portal.acme.example"},
}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("account", "11112222333", 'portal:account: got "11112222333", expected an account id in quotes'),
        ("account", 111122223333, "text (quote it"),
        ("region", "eu-central-1a", "expected a region (eu-central-1)"),
        ("zones", ZONES[:2], "portal:zones: got a list, expected three different availability zones"),
        ("zones", [*ZONES[:2], ZONES[0]], "three different availability zones"),
        ("zones", [*ZONES[:2], "eu-west-1c"], "zones of eu-central-1 (eu-central-1a), and eu-west-1c is none"),
        ("zones", [*ZONES[:2], "eu-central-1-ham-1a"], "and eu-central-1-ham-1a is none"),
        ("vpc.cidr", "10.40.0.0/22", 'portal:vpc.cidr: got "10.40.0.0/22", expected a network from /16 to /21'),
        ("vpc.cidr", "10.0.0.0/8", "a network from /16 to /21"),
        ("vpc.cidr", "8.8.0.0/16", "a private network"),
        ("vpc.cidr", "fd00::/48", "an IPv4 network"),
        ("vpc.cidr", "10.40.1.0/16", "without bits of a host"),
        ("vpc.subnets", {"public": role(1), "private": role(11), "database": role(21)}, "or add the VPC's `id`"),
        ("vpc.natGateways", "two", "one-per-zone or single"),
        ("cluster", {**CLUSTER, "serviceCidr": "10.40.128.0/20"}, "does not overlap with the VPC's 10.40.0.0/16"),
        ("cluster", {**CLUSTER, "serviceCidr": "172.20.0.0/25"}, "a network from /12 to /24"),
        ("cluster", {**CLUSTER, "publicAccess": ["0.0.0.0/0"]}, "networks of your own"),
        ("cluster", {"name": "acme"}, "a value for administrators"),
        ("cluster", {**CLUSTER, "administrators": {}}, "administrators"),
        ("cluster", {**CLUSTER, "administrators": {"me": ROLE.replace("iam", "sts")}}, "the ARN of a role or a user"),
        (
            "cluster",
            {**CLUSTER, "administrators": {"other": "arn:aws:iam::999999999999:role/x"}},
            "administrators of the account 111122223333, and other is of 999999999999",
        ),
        ("cluster", {**CLUSTER, "administrators": {"cn": ROLE.replace("aws", "aws-cn")}}, "partition aws, and cn"),
        ("deployers", TWO_ALIKE, "prod-eu begins with prod-"),
        ("deployers", {"x" * 18: DEPLOYER}, "names of up to 17 letters and digits"),
        ("deployers", LONG_EPHEMERAL, "names of up to 17 letters and digits"),
        ("deployers", {"my--portal": DEPLOYER}, "single dashes between them"),
        ("deployers", {"prod": {**DEPLOYER, "repository": "acme/*"}}, "one repository of GitHub"),
        ("deployers", {"prod": {**DEPLOYER, "repository": "acme"}}, "one repository of GitHub"),
        ("deployers", {"prod": {**DEPLOYER, "environment": "*"}}, "one environment of the repository"),
        ("deployers", {"prod": {**DEPLOYER, "environment": "x:ref"}}, "one environment of the repository"),
        ("releases", {"repository": "acme/*"}, "one repository of GitHub"),
        ("releases", {"repository": "acme/portal", "environment": "*"}, "one environment of the repository"),
        ("deployers", {"prod": {**DEPLOYER, "secrets": ["acme/*"]}}, "the name of a secret in Secrets Manager"),
        ("deployers", {"prod": {**DEPLOYER, "secrets": ["a" * 500] * 10}}, "names that fit into a policy, about 50"),
        ("pluginActions", ["*"], "an action of a service"),
        ("pluginActions", ["ecs:*x"], "an action of a service"),
        ("pluginActions", ["iam:PassRole"], "none of iam"),
        ("retentionDays", 364, "365"),
        ("tags", {"aws:team": "x"}, "without aws: in front"),
        ("tags", {"portal:stack": "x"}, "tags without `portal:stack`"),
    ],
)  # fmt: skip
def test_a_foundation_of_its_own_is_told_what_to_write(path: str, value: object, said: str) -> None:
    found = sentences(changed(OWN, path, value))
    assert said in found, found


def test_releases_need_a_registry() -> None:
    without = changed(OWN, "repository", None)
    found = sentences(changed(without, "releases", {"repository": "acme/portal"}))
    assert "nothing with `repository: null`, as there is no registry to push to" in found, found


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("vpc.id", "acme", "an id (vpc-0123456789abcdef0)"),
        ("vpc.subnets", ..., "the subnets of the existing VPC"),
        ("vpc.subnets.private", ..., "the private subnets of the existing VPC, one in each zone"),
        ("vpc.subnets.private", [], "the private subnets of the existing VPC, one in each zone"),
        ("vpc.subnets.private.2", ..., "one private subnet in each of"),
        ("vpc.subnets.public.0.zone", "eu-central-1b", "eu-central-1a has none"),
        ("vpc.subnets.public.0.zone", "eu-west-1a", "public subnets in eu-central-1a"),
        ("vpc.subnets.database", role(21)[:2], "one database subnet in each of"),
        ("vpc.subnets.private.0.cidr", "10.40.12.0/24", "do. Correct the CIDR of one of them"),
        ("vpc.subnets.private.0.cidr", "10.41.0.0/24", "subnets in 10.40.0.0/16"),
        ("vpc.subnets.private.0.id", "subnet-x", "an id (subnet-0123456789abcdef0)"),
        ("vpc.subnets.private.0", subnet(1, "eu-central-1a"), "each subnet once, and subnet-"),
        ("vpc.natGateways", "single", "an existing VPC, which stays as it is"),
        ("vpc.interfaceEndpoints", ["ec2"], "an existing VPC, which stays as it is"),
    ],
)
def test_an_existing_vpc_is_told_what_to_write(path: str, value: object, said: str) -> None:
    found = sentences(changed(EXISTING, path, value))
    assert said in found, found


@pytest.mark.parametrize(
    ("base", "path", "value"),
    [
        (OWN, "vpc.cidr", "100.64.0.0/21"),
        (OWN, "cluster", {**CLUSTER, "publicAccess": ["203.0.113.7/32"]}),
        (OWN, "repository", None),
        (OWN, "deployers", {"prod": DEPLOYER, "production": {**DEPLOYER, "repository": "acme@1/portal@2"}}),
        (OWN, "pluginActions", ["ecs:DescribeServices", "ecs:List*"]),
        (EXISTING, "vpc.cidr", "10.0.0.0/8"),
    ],
)
def test_what_people_have_is_accepted(base: dict[str, Any], path: str, value: object) -> None:
    validated(FoundationSettings, changed(base, path, value), lambda _: "file")
