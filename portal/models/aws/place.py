"""Where in AWS a portal runs: what it uses and does not make."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from portal.aws.kubeconfig import EksAddress
from portal.models.aws.scalars import (
    AccountId,
    ClusterEndpoint,
    ClusterName,
    Ipv4Cidr,
    KeyArn,
    PolicyArn,
    Region,
    RetentionDays,
    SecurityGroupId,
    Tags,
    VpcId,
    account_of,
)
from portal.models.aws.subnet import Subnet, require_room
from portal.models.base import Model, refusal
from portal.models.network import Cidr
from portal.models.scalars import BucketName

# A load balancer needs two zones, and a cluster that survives the loss of one needs three
# (https://docs.aws.amazon.com/eks/latest/best-practices/reliability.html).
ZONES = 3


class Vpc(Model):
    """A network that exists."""

    id: VpcId
    """Its id."""

    cidr: Ipv4Cidr
    """Its addresses, in CIDR notation."""


def _three_zones(subnets: tuple[Subnet, ...]) -> tuple[Subnet, ...]:
    zones = {one.zone for one in subnets}
    if len(zones) < ZONES:
        raise refusal(
            f"subnets in {ZONES} zones or more, so that the portal outlives the loss of one",
            "add a subnet in another zone of the region",
        )
    return subnets


Subnets = Annotated[tuple[Subnet, ...], AfterValidator(_three_zones)]


class SubnetsByUse(Model):
    """The subnets that the portal uses, by what is in them."""

    public: Subnets
    """With a route to the internet: where the load balancer is, unless it is `internal`."""

    private: Subnets
    """With a route out through a NAT gateway: where pods are, and an `internal` load balancer."""

    database: Subnets
    """Without any route out: where the database is."""

    def of_load_balancer(self, *, internal: bool) -> Subnets:
        """Where a load balancer is. An internal one has no public address, so it needs the way out of pods."""
        return self.private if internal else self.public

    def all(self) -> Iterator[Subnet]:
        """Each subnet."""
        yield from (*self.public, *self.private, *self.database)


class EksCluster(Model):
    """An EKS cluster that exists, as `aws eks describe-cluster` shows it.

    It has to be in Auto Mode with load balancing: the portal's `TargetGroupBinding` is that of `eks.amazonaws.com`, not
    the one of the AWS Load Balancer Controller.
    """

    name: ClusterName
    """Its name."""

    endpoint: ClusterEndpoint
    """The address of its API server."""

    authority: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/=]+$", min_length=4)]
    """The authority of that address's certificate: base64 of PEM."""

    security_group: SecurityGroupId
    """The cluster's security group, which its pods have."""

    service_cidr: Cidr
    """The addresses of Services. The cluster's DNS is the tenth of them."""

    @property
    def dns_address(self) -> str:
        """The address of the cluster's DNS, as a network of one address.

        Source: https://docs.aws.amazon.com/eks/latest/userguide/automode.html (each node answers at this address).
        """
        return f"{ip_network(self.service_cidr)[10]}/32"


class Aws(Model):
    """The account, the network and the cluster of a portal. `portal foundation export` writes it."""

    account: AccountId
    """The account's id, in quotes. Another account is refused."""

    region: Region
    """The region."""

    vpc: Vpc
    """The network."""

    subnets: SubnetsByUse
    """The subnets that the portal uses."""

    cluster: EksCluster
    """The cluster."""

    key: KeyArn | None = None
    """A KMS key that encrypts everything. A deploy role of a foundation may use only one with the tag `portal:stack`,
    which names the stack. Default: a new one for this portal."""

    boundary: PolicyArn | None = None
    """The permissions boundary of every role that the stack makes."""

    logs_bucket: BucketName | None = None
    """A bucket for access logs that AWS may write to. Default: none are written."""

    log_days: RetentionDays = 365
    """How long logs in CloudWatch stay, in days."""

    tags: Tags = {}
    """Tags of everything that the stack makes in AWS."""

    @field_validator("subnets")
    @classmethod
    def _fit(cls, subnets: SubnetsByUse, others: ValidationInfo) -> SubnetsByUse:
        vpc, region = others.data.get("vpc"), others.data.get("region")
        for one in subnets.all():
            if region is not None and not one.zone.startswith(str(region)):
                raise refusal(f"zones of {region}, and {one.id} is in {one.zone}", "correct the zone or the region")
        require_room(tuple(subnets.all()), vpc.cidr if isinstance(vpc, Vpc) else None)
        return subnets

    @field_validator("key", "boundary")
    @classmethod
    def _of_this_account(cls, arn: str | None, others: ValidationInfo) -> str | None:
        account = others.data.get("account")
        if arn is not None and account is not None and account_of(arn) not in {account, ""}:
            raise refusal(f"an ARN of the account {account}", "correct the ARN or the account")
        return arn

    @property
    def eks(self) -> EksAddress:
        """The cluster, and how it is reached."""
        cluster = self.cluster
        return EksAddress(cluster.name, self.account, self.region, cluster.endpoint, cluster.authority)
