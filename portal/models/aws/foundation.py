"""The settings of a foundation: what all portals of one account and region share."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import permutations
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from portal.aws.arn import partition
from portal.aws.names import PORTAL_RULE, STACK_TAG, can_name_a_portal
from portal.aws.subnets import ZONES
from portal.models.aws.cluster import EksSettings
from portal.models.aws.deployer import Deployer, StateSettings
from portal.models.aws.releaser import Releaser
from portal.models.aws.scalars import AccountId, IamAction, ProviderArn, Region, RetentionDays, Tags
from portal.models.aws.vpc import Vpc
from portal.models.base import Model, refusal
from portal.models.scalars import Name


class FoundationSettings(Model):
    """Everything under `portal:` in the file of a foundation's stack."""

    target: Literal["aws-foundation"] = "aws-foundation"
    """What the stack is."""

    account: AccountId
    """The account. Credentials of another one are refused."""

    region: Region
    """The region of everything that has one."""

    zones: tuple[str, ...]
    """Three availability zones of the region. In an existing VPC: those of its subnets."""

    vpc: Vpc
    """The network."""

    cluster: EksSettings | None = None
    """The cluster. Default: none, where another team has one."""

    repository: Annotated[str, Field(pattern=r"^[a-z0-9]+([._/-][a-z0-9]+)*$")] | None = "portal"
    """The repository for images in ECR. `null` for none."""

    deployers: dict[Name, Deployer] = {}
    """Who deploys each portal, by the name of its stack."""

    releases: Releaser | None = None
    """Who pushes releases to the repository in ECR. Default: nobody but administrators and deployers."""

    identity_provider: ProviderArn | None = None
    """The account's identity provider for GitHub Actions, if it has one: an account can have only one. Default: the
    foundation makes it."""

    state: StateSettings | None = None
    """Where Pulumi's states are. Default: not in this account."""

    plugin_actions: tuple[IamAction, ...] = ()
    """Actions that plugins of portals may be given, besides what portals themselves need."""

    retention_days: RetentionDays = 365
    """How long logs are kept."""

    keep: bool = True
    """`false` lets a destroy delete the cluster, images, logs and the key. With `true`, they are protected and stay."""

    tags: Tags = {}
    """Tags of all resources."""

    @field_validator("zones")
    @classmethod
    def _three_of_the_region(cls, zones: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
        if len(set(zones)) != ZONES or len(zones) != ZONES:
            raise refusal(
                "three different availability zones, so that the loss of one leaves a majority",
                "write three; `aws ec2 describe-availability-zones` lists them",
            )
        region = others.data.get("region")
        for zone in zones:
            # A local zone has more behind the region's name (eu-central-1-ham-1a).
            if region is not None and (zone[:-1] != region or not zone[-1:].isalpha()):
                raise refusal(f"availability zones of {region} ({region}a), and {zone} is none", "correct it")
        return zones

    @field_validator("vpc")
    @classmethod
    def _in_the_zones(cls, vpc: Vpc, others: ValidationInfo) -> Vpc:
        zones = others.data.get("zones")
        if vpc.subnets is None or zones is None:
            return vpc
        for role, subnets in vpc.subnets.roles():
            found = [subnet.zone for subnet in subnets]
            missing = [zone for zone in zones if zone not in found]
            elsewhere = [zone for zone in found if zone not in zones]
            if elsewhere:
                raise refusal(
                    f"{role} subnets in {', '.join(zones)}, and one is in {elsewhere[0]}",
                    "correct its zone, or `zones`",
                )
            if missing or len(found) != len(zones):
                raise refusal(
                    f"one {role} subnet in each of {', '.join(zones)}, and {(missing or found)[0]} has"
                    f" {'none' if missing else 'more than one'}",
                    f"list three {role} subnets",
                )
        return vpc

    @field_validator("cluster")
    @classmethod
    def _services_beside_the_vpc(cls, cluster: EksSettings | None, others: ValidationInfo) -> EksSettings | None:
        vpc = others.data.get("vpc")
        if cluster is None or vpc is None:
            return cluster
        if IPv4Network(cluster.service_cidr).overlaps(IPv4Network(vpc.cidr)):
            raise refusal(
                f"a serviceCidr that does not overlap with the VPC's {vpc.cidr}, and it is {cluster.service_cidr}",
                "choose another private network for `serviceCidr`",
            )
        for name, principal in cluster.administrators.items():
            _require_partition(name, principal, others)
        return cluster

    @field_validator("deployers")
    @classmethod
    def _apart(cls, deployers: dict[str, Deployer]) -> dict[str, Deployer]:
        """A portal's deployer may touch what begins with its name, so no name begins with another one."""
        for name, deployer in deployers.items():
            # Something has to follow in the names of stacks that come and go.
            if not can_name_a_portal(f"{name}-1" if deployer.ephemeral else name):
                raise refusal(
                    f"names of {PORTAL_RULE}, as names of resources begin with them, and {name} is none",
                    "rename the stack",
                )
        for one, other in permutations(sorted(deployers), 2):
            if other.startswith(f"{one}-"):
                raise refusal(
                    f"names of which none begins like another, and {other} begins with {one}-, so that whoever deploys"
                    f" {one} could change what is {other}'s",
                    "rename one of them",
                )
        return deployers

    @field_validator("releases")
    @classmethod
    def _to_a_repository(cls, releases: Releaser | None, others: ValidationInfo) -> Releaser | None:
        if releases is not None and others.data.get("repository", "") is None:
            raise refusal(
                "nothing with `repository: null`, as there is no registry to push to",
                "remove it, or name a repository",
            )
        return releases

    @field_validator("tags")
    @classmethod
    def _not_ours(cls, tags: dict[str, str]) -> dict[str, str]:
        if STACK_TAG in tags:
            raise refusal(f"tags without `{STACK_TAG}`, which says what stack a resource belongs to", "rename it")
        return tags


def _require_partition(name: str, principal: str, others: ValidationInfo) -> None:
    region, account = others.data.get("region"), others.data.get("account")
    if region is None or account is None:
        return
    _, found, _, _, of_account, *_ = principal.split(":")
    if found != partition(region):
        raise refusal(
            f"administrators of the partition {partition(region)}, and {name} is in {found}", "correct its ARN"
        )
    # https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
    if of_account != account:
        raise refusal(f"administrators of the account {account}, and {name} is of {of_account}", "correct its ARN")
