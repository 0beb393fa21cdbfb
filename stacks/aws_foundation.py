"""What all portals of one AWS account and region share: network, cluster, registry, and who deploys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.cluster.eks import EksCluster, EksClusterArgs, EksName
from components.identity.boundary import PortalBoundary, PortalBoundaryArgs
from components.network.place import NetworkPlace, PlacedSubnet
from components.network.vpc import Network, NetworkArgs
from components.registry.ecr import ImageRepository, ImageRepositoryArgs
from components.storage.key import EncryptionKey, EncryptionKeyArgs
from components.storage.log_bucket import LogBucket, LogBucketArgs
from portal.aws.kubeconfig import kubeconfig
from portal.aws.names import (
    boundary_name,
    cluster_log_group,
    flow_log_group,
    logs_bucket_name,
)
from portal.foundation import FoundationPlan
from portal.models.aws.cluster import EksSettings
from portal.models.aws.foundation import FoundationSettings
from portal.models.aws.subnet import Subnet
from portal.models.aws.vpc import Vpc
from stacks.aws_deployers import build_deployers, let_into_cluster, trust_in_github
from stacks.aws_provider import account_provider
from stacks.aws_releases import build_release_role

# EC2.10 of AWS Foundational Security Best Practices.
_INTERFACE_ENDPOINTS = ("ec2",)


@dataclass(frozen=True)
class Foundation:
    """What the stack exports. ``aws`` is what ``portal:aws`` of a portal's stack needs."""

    exports: Mapping[str, Any]


def build(plan: FoundationPlan) -> Foundation:
    """Build the foundation. The name of its stack begins the names of what is not named otherwise."""
    settings, stack = plan.settings, plan.stack
    provider = account_provider(settings.account, settings.region, stack, settings.tags)
    opts = pulumi.ResourceOptions(provider=provider)
    key = _key(settings, stack, opts)
    place = _network(settings, stack, key, opts)
    cluster = _cluster(settings, stack, key, place, opts)
    repository = _repository(settings, key, opts)
    boundary = PortalBoundary(
        "boundary", PortalBoundaryArgs(policy=boundary_name(stack), plugin_actions=settings.plugin_actions), opts
    )
    trusted = trust_in_github(settings, opts)
    roles = build_deployers(settings, stack, trusted, boundary, key, opts)
    release = build_release_role(settings, stack, trusted, opts)
    if cluster is not None:
        let_into_cluster(stack, cluster, roles, opts)
    logs = LogBucketArgs(
        bucket=logs_bucket_name(settings.account, settings.region),
        account=settings.account,
        region=settings.region,
        retention_days=settings.retention_days,
        keep=settings.keep,
    )
    bucket = LogBucket("logs-bucket", logs, opts)
    exports: dict[str, Any] = {
        "aws": {
            "account": settings.account,
            "region": settings.region,
            "vpc": {"id": place.vpc_id, "cidr": place.cidr},
            "subnets": _subnets(place),
            **({"cluster": _of_cluster(settings.cluster, cluster)} if settings.cluster and cluster else {}),
            "boundary": boundary.arn,
            "logsBucket": bucket.bucket,
            "tags": dict(settings.tags),
        },
        "deployRoles": {portal: role.arn for portal, role in roles.deploying.items()},
        "readOnlyRoles": {portal: role.arn for portal, role in roles.reading.items()},
        "key": key.arn,
    }
    if repository is not None:
        exports["repository"] = repository.url
    if release is not None:
        exports["releaseRole"] = release.arn
    return Foundation(exports)


def _key(settings: FoundationSettings, stack: str, opts: pulumi.ResourceOptions) -> EncryptionKey:
    groups = [
        *([flow_log_group(stack)] if settings.vpc.id is None else []),
        *([cluster_log_group(settings.cluster.name)] if settings.cluster is not None else []),
    ]
    args = EncryptionKeyArgs(
        alias=f"{stack}-foundation",
        description="Secrets of the cluster, images and logs",
        account=settings.account,
        region=settings.region,
        log_groups=groups,
        keep=settings.keep,
    )
    return EncryptionKey("key", args, opts)


def _network(
    settings: FoundationSettings, stack: str, key: EncryptionKey, opts: pulumi.ResourceOptions
) -> NetworkPlace:
    """The stack's own VPC, or what the settings say of an existing one, in which nothing changes."""
    vpc = settings.vpc
    if vpc.id is not None:
        return _existing(vpc.id, vpc, settings.zones)
    args = NetworkArgs(
        label=stack,
        account=settings.account,
        region=settings.region,
        zones=settings.zones,
        cidr=vpc.cidr,
        single_nat=vpc.nat_gateways == "single",
        interface_endpoints=_INTERFACE_ENDPOINTS if vpc.interface_endpoints is None else vpc.interface_endpoints,
        key_arn=key.arn,
        retention_days=settings.retention_days,
    )
    return Network("network", args, opts).place


def _existing(vpc_id: str, vpc: Vpc, zones: tuple[str, ...]) -> NetworkPlace:
    found = dict(vpc.subnets.roles()) if vpc.subnets is not None else {}

    def placed(subnets: tuple[Subnet, ...]) -> list[PlacedSubnet]:
        in_order = sorted(subnets, key=lambda subnet: zones.index(subnet.zone))
        return [PlacedSubnet(id=subnet.id, zone=subnet.zone, cidr=subnet.cidr) for subnet in in_order]

    return NetworkPlace(
        vpc_id=vpc_id,
        cidr=vpc.cidr,
        public=placed(found["public"]),
        private=placed(found["private"]),
        database=placed(found["database"]),
    )


def _cluster(
    settings: FoundationSettings,
    stack: str,
    key: EncryptionKey,
    place: NetworkPlace,
    opts: pulumi.ResourceOptions,
) -> EksCluster | None:
    chosen = settings.cluster
    if chosen is None:
        return None
    args = EksClusterArgs(
        name=EksName(cluster=chosen.name, label=stack, account=settings.account, region=settings.region),
        version=chosen.version,
        support=chosen.support,
        subnet_ids=[subnet.id for subnet in place.private],
        service_cidr=chosen.service_cidr,
        public_access=chosen.public_access,
        administrators=chosen.administrators,
        key_arn=key.arn,
        retention_days=settings.retention_days,
        kubeconfig=kubeconfig,
        keep=settings.keep,
    )
    return EksCluster("eks", args, opts)


def _repository(
    settings: FoundationSettings, key: EncryptionKey, opts: pulumi.ResourceOptions
) -> ImageRepository | None:
    if settings.repository is None:
        return None
    args = ImageRepositoryArgs(repository=settings.repository, key_arn=key.arn, keep=settings.keep)
    return ImageRepository("registry", args, opts)


def _subnets(place: NetworkPlace) -> dict[str, list[dict[str, Any]]]:
    roles = {"public": place.public, "private": place.private, "database": place.database}
    return {
        role: [{"id": subnet.id, "zone": subnet.zone, "cidr": subnet.cidr} for subnet in subnets]
        for role, subnets in roles.items()
    }


def _of_cluster(settings: EksSettings, cluster: EksCluster) -> dict[str, Any]:
    return {
        "name": settings.name,
        "endpoint": cluster.endpoint,
        "authority": cluster.authority,
        "securityGroup": cluster.security_group_id,
        "serviceCidr": settings.service_cidr,
    }
