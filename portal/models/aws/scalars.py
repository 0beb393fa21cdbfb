"""Texts with a form of AWS: accounts, regions, zones, ids, ARNs, tags."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator

from portal.models.base import refusal
from portal.models.network import Cidr

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,2}-[0-9]")
_ROLE = re.compile(r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]{1,570}")
_PROVIDER = re.compile(r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:oidc-provider/\S{1,255}")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+\*?")
_TAG = re.compile(r"[\w .:/=+@-]*")


def _account(text: str) -> str:
    if not _ACCOUNT.fullmatch(text):
        raise refusal(
            'an account id in quotes, with 12 digits ("111122223333")', "write the account's id, not its alias"
        )
    return text


def is_region(text: str) -> bool:
    """Whether a text has the form of a region's code."""
    return _REGION.fullmatch(text) is not None


def _region(text: str) -> str:
    if not is_region(text):
        raise refusal("a region (eu-central-1)", "write the region's code; a zone has one more letter")
    return text


def _id(prefix: str) -> AfterValidator:
    form = re.compile(rf"{prefix}-([0-9a-f]{{8}}|[0-9a-f]{{17}})")

    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise refusal(f"an id ({prefix}-0123456789abcdef0)", "copy the id, not the name")
        return text

    return AfterValidator(check)


def _ipv4(text: str) -> str:
    if ":" in text:
        raise refusal("an IPv4 network in CIDR notation (10.40.0.0/16)", "write the IPv4 network")
    return text


def _not_everywhere(text: str) -> str:
    if IPv4Network(text).prefixlen == 0:
        raise refusal("networks of your own", "name the addresses that people and pipelines come from")
    return text


def _principal(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise refusal(
            "the ARN of a role or a user (arn:aws:iam::111122223333:role/platform)",
            "write the role's own ARN with its path; EKS takes no ARN of a session (sts)",
        )
    return text


def _provider(text: str) -> str:
    if not _PROVIDER.fullmatch(text):
        raise refusal("the ARN of an identity provider (arn:aws:iam::...:oidc-provider/...)", "copy it from IAM")
    return text


def _action(text: str) -> str:
    if not _ACTION.fullmatch(text) or text.startswith(("iam:", "sts:", "organizations:", "account:")):
        raise refusal(
            "an action of a service (ecs:DescribeServices, ecs:List*), and none of iam, sts, organizations or account",
            "name what plugins call",
        )
    return text


def _tag_key(text: str) -> str:
    if not _TAG.fullmatch(text) or not 0 < len(text) <= 128 or text.lower().startswith("aws:"):
        raise refusal(
            "a tag's key of up to 128 letters, digits, spaces and .:/=+@-_, without aws: in front", "rename it"
        )
    return text


def _tag_value(text: str) -> str:
    if not _TAG.fullmatch(text) or len(text) > 256:
        raise refusal("a tag's value: up to 256 letters, digits, spaces and .:/=+@-_", "shorten it, or leave signs out")
    return text


_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):(?P<account>\d{12}|aws|):(?P<resource>\S+)"
)
_MOST_TAGS = 40


def _matching(pattern: str, allowed: str, fix: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise refusal(allowed, fix)
        return text

    return check


def _arn(service: str, resource: str, allowed: str) -> Callable[[str], str]:
    compiled = re.compile(resource)

    def check(text: str) -> str:
        found = _ARN.fullmatch(text)
        if found is None or found["service"] != service or not compiled.fullmatch(found["resource"]):
            raise refusal(allowed, "write the ARN that AWS shows for it")
        return text

    return check


def account_of(arn: str) -> str:
    """The account in an ARN; empty for what belongs to no account, or to AWS."""
    found = _ARN.fullmatch(arn)
    return found["account"] if found is not None and found["account"].isdigit() else ""


def region_of(arn: str) -> str:
    """The region in an ARN; empty for what belongs to no region."""
    found = _ARN.fullmatch(arn)
    return found["region"] if found is not None else ""


def _few(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > _MOST_TAGS:
        raise refusal(f"{_MOST_TAGS} tags or fewer, as AWS takes 50 and the portal has its own", "remove some")
    return tags


AccountId = Annotated[str, AfterValidator(_account)]
"""The id of an account."""

Region = Annotated[str, AfterValidator(_region)]
"""The code of a region."""

VpcId = Annotated[str, _id("vpc")]
"""The id of a VPC."""

SubnetId = Annotated[str, _id("subnet")]
"""The id of a subnet."""

Ipv4Cidr = Annotated[Cidr, AfterValidator(_ipv4)]
"""A network of IPv4."""

OwnCidr = Annotated[Ipv4Cidr, AfterValidator(_not_everywhere)]
"""A network of IPv4 that is not the whole internet."""

PrincipalArn = Annotated[str, AfterValidator(_principal)]
"""The ARN of a role or a user."""

ProviderArn = Annotated[str, AfterValidator(_provider)]
"""The ARN of an OIDC provider in IAM."""

IamAction = Annotated[str, AfterValidator(_action)]
"""An action of IAM policies. Deliberately none that leads to other rights."""

# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
TagKey = Annotated[str, AfterValidator(_tag_key)]
"""The key of a tag."""

TagValue = Annotated[str, AfterValidator(_tag_value)]
"""The value of a tag."""

Zone = Annotated[
    str,
    AfterValidator(
        _matching(r"[a-z]{2,4}(-[a-z]+)+-\d[a-z]", "an availability zone (eu-central-1a)", "write the zone's name")
    ),
]
"""The name of an availability zone."""


SecurityGroupId = Annotated[str, _id("sg")]
"""The id of a security group."""

ZoneId = Annotated[
    str, AfterValidator(_matching(r"Z[A-Z0-9]{8,31}", "the id of a hosted zone (Z...)", "copy it from Route 53"))
]
"""The id of a hosted zone of Route 53."""

ClusterName = Annotated[
    str,
    AfterValidator(
        _matching(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", "the name of an EKS cluster", "write its name, and not its ARN")
    ),
]
"""The name of an EKS cluster."""

# Its first part has digits and upper case letters, also where others would write it in lower case.
ClusterEndpoint = Annotated[
    str,
    AfterValidator(
        _matching(
            r"https://[0-9A-Za-z-]+(\.[0-9a-z-]+){2,10}",
            "the address of an EKS cluster's API server (https://....eks.amazonaws.com)",
            "copy what `aws eks describe-cluster` shows",
        )
    ),
]
"""The address of a cluster's API server."""

KeyArn = Annotated[
    str, AfterValidator(_arn("kms", r"key/[0-9a-zA-Z-]+", "the ARN of a KMS key (arn:aws:kms:...:key/...)"))
]
"""The ARN of a key of KMS."""

PolicyArn = Annotated[
    str, AfterValidator(_arn("iam", r"policy/[\w+=,.@/-]+", "the ARN of a policy (arn:aws:iam::...:policy/...)"))
]
"""The ARN of a policy of IAM."""

CertificateArn = Annotated[
    str,
    AfterValidator(
        _arn("acm", r"certificate/[0-9a-zA-Z-]+", "the ARN of a certificate of ACM (arn:aws:acm:...:certificate/...)")
    ),
]
"""The ARN of a certificate of ACM."""

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
NameInSecretsManager = Annotated[
    str,
    AfterValidator(
        _matching(
            r"[A-Za-z0-9/_+=.@-]{1,512}",
            "the name of a secret in Secrets Manager: up to 512 letters, digits and /_+=.@- (acme/portal/github-token)",
            "write its name, and neither its ARN nor its value",
        )
    ),
]
"""The name of a secret in Secrets Manager. A secret that a service of AWS made for itself (`rds!...`) is none."""

TopicArn = Annotated[str, AfterValidator(_arn("sns", r"[\w-]+", "the ARN of a topic of SNS (arn:aws:sns:...:name)"))]
"""The ARN of a topic of SNS."""

Tags = Annotated[dict[TagKey, TagValue], AfterValidator(_few)]
"""Tags of resources."""

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]  # fmt: skip
"""How long CloudWatch keeps logs, in days: it takes no other numbers."""
