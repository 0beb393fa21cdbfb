"""Who deploys portals: a role for each in the account, and what they may do in the cluster."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.cluster.deployer_role import DeployerRole, DeployerRoleArgs
from components.cluster.eks import EksCluster
from components.cluster.eks_access import GroupMembers, GroupMembersArgs
from components.cluster.network_policy_switch import NetworkPolicySwitch
from components.identity.boundary import DeployBoundary, DeployBoundaryArgs, PortalBoundary
from components.identity.github import DeployRole, DeployRoleArgs, GithubProvider
from components.identity.statement import DeployRights
from components.metadata import CommonMetadata
from components.storage.key import EncryptionKey
from portal.aws.names import DEPLOYERS_GROUP
from portal.contract import INSTANCE_LABEL, MANAGED_BY_LABEL, NAME_LABEL, PORTAL
from portal.models.aws.foundation import FoundationSettings


def build_deployers(
    settings: FoundationSettings,
    stack: str,
    boundary: PortalBoundary,
    key: EncryptionKey,
    opts: pulumi.ResourceOptions,
) -> dict[str, DeployRole]:
    """A role for each portal, by the name of its stack."""
    if not settings.deployers:
        return {}
    trusted = settings.identity_provider or GithubProvider("github", opts).arn
    roles: dict[str, DeployRole] = {}
    for portal, deployer in sorted(settings.deployers.items()):
        limits = DeployBoundaryArgs(
            portal=portal,
            label=stack,
            account=settings.account,
            region=settings.region,
            boundary=boundary.arn,
            key_arn=key.arn,
        )
        rights = DeployRights(
            portal=portal,
            account=settings.account,
            region=settings.region,
            cluster=settings.cluster.name if settings.cluster is not None else None,
            repository=settings.repository,
            state_bucket=settings.state.bucket if settings.state is not None else None,
            state_key=settings.state.key if settings.state is not None else None,
        )
        args = DeployRoleArgs(
            role=f"{stack}-deploy-{portal}",
            provider_arn=trusted,
            repository=deployer.repository,
            environment=deployer.environment,
            boundary_arn=DeployBoundary(f"deploy-boundary-{portal}", limits, opts).arn,
            rights=rights,
        )
        roles[portal] = DeployRole(f"deploy-{portal}", args, opts)
    return roles


def let_into_cluster(
    stack: str, cluster: EksCluster, roles: Mapping[str, DeployRole], opts: pulumi.ResourceOptions
) -> None:
    """What portals need of a cluster, besides that it is there."""
    metadata = CommonMetadata(labels={NAME_LABEL: PORTAL, INSTANCE_LABEL: stack, MANAGED_BY_LABEL: PORTAL})
    inside = pulumi.ResourceOptions(provider=cluster.provider)
    NetworkPolicySwitch("network-policy-switch", metadata, inside)
    role = DeployerRoleArgs(role="portal-deployer", group=DEPLOYERS_GROUP, metadata=metadata)
    DeployerRole("portal-deployer", role, inside)
    members = GroupMembersArgs(
        cluster=cluster.name,
        principals={portal: role.arn for portal, role in roles.items()},
        groups=[DEPLOYERS_GROUP],
    )
    GroupMembers("access", members, opts)
