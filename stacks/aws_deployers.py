"""Who deploys portals: roles for each in the account, and what they may do in the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi

from components.cluster.deployer_role import DeployerRole, GroupRoleArgs, ReaderRole
from components.cluster.eks import EksCluster
from components.cluster.eks_access import GroupMembers, GroupMembersArgs
from components.cluster.network_policy_switch import NetworkPolicySwitch
from components.identity.boundary import DeployBoundary, DeployBoundaryArgs, PortalBoundary
from components.identity.deploy_address import address_statements
from components.identity.deploy_rights import base_statements
from components.identity.github import DeployRole, DeployRoleArgs, GithubProvider
from components.identity.named_secrets import NamedSecrets, NamedSecretsArgs
from components.identity.read_rights import read_statements
from components.identity.statement import DeployRights
from components.metadata import CommonMetadata
from components.storage.key import EncryptionKey
from portal.aws.github import deploying_environments, reading_environment
from portal.aws.names import DEPLOYERS_GROUP, READERS_GROUP, deploy_role_name, read_only_name
from portal.contract import INSTANCE_LABEL, MANAGED_BY_LABEL, NAME_LABEL, PORTAL
from portal.models.aws.deployer import Deployer
from portal.models.aws.foundation import FoundationSettings


@dataclass(frozen=True)
class Deployers:
    """The roles that deploy portals, and those beside them that only read, by the name of the portal's stack."""

    deploying: Mapping[str, DeployRole]
    reading: Mapping[str, DeployRole]


def trust_in_github(settings: FoundationSettings, opts: pulumi.ResourceOptions) -> pulumi.Input[str] | None:
    """The ARN of the account's trust in GitHub, which is made if it is not there. None if no job needs a role."""
    if not settings.deployers and settings.releases is None:
        return None
    return settings.identity_provider or GithubProvider("github", opts).arn


def build_deployers(
    settings: FoundationSettings,
    stack: str,
    trusted: pulumi.Input[str] | None,
    boundary: PortalBoundary,
    key: EncryptionKey,
    opts: pulumi.ResourceOptions,
) -> Deployers:
    """Two roles for each portal: one that deploys it, and one that sees what a deployment would change."""
    if trusted is None:
        return Deployers({}, {})
    deploying: dict[str, DeployRole] = {}
    reading: dict[str, DeployRole] = {}
    for portal, deployer in sorted(settings.deployers.items()):
        rights = _rights(settings, portal, deployer)
        limits = DeployBoundaryArgs(rights=rights, label=stack, boundary=boundary.arn, key_arn=key.arn)
        args = DeployRoleArgs(
            role=deploy_role_name(stack, portal),
            provider_arn=trusted,
            repository=deployer.repository,
            environments=deploying_environments(deployer.environment, ephemeral=deployer.ephemeral),
            boundary_arn=DeployBoundary(f"deploy-boundary-{portal}", limits, opts).arn,
            statements=base_statements(rights),
            more=address_statements(rights),
        )
        deploying[portal] = DeployRole(f"deploy-{portal}", args, opts)
        reads = replace(
            args,
            role=read_only_name(args.role),
            environments=[reading_environment(deployer.environment)],
            statements=read_statements(rights),
            more=(),
        )
        reading[portal] = DeployRole(read_only_name(f"deploy-{portal}"), reads, opts)
        if deployer.secrets:
            _let_read(settings, stack, portal, (deploying[portal], reading[portal]), opts)
    return Deployers(deploying, reading)


def _let_read(
    settings: FoundationSettings,
    stack: str,
    portal: str,
    roles: tuple[DeployRole, DeployRole],
    opts: pulumi.ResourceOptions,
) -> None:
    """A preview runs the program, so it reads these secrets, too."""
    deployer, name = settings.deployers[portal], f"deploy-secrets-{portal}"
    deploying, reading = roles
    args = NamedSecretsArgs(
        policy=f"{stack}-secrets-{portal}",
        roles={name: deploying.role, read_only_name(name): reading.role},
        account=settings.account,
        region=settings.region,
        secrets=deployer.secrets,
        key=deployer.secrets_key,
    )
    NamedSecrets(name, args, opts)


def let_into_cluster(stack: str, cluster: EksCluster, roles: Deployers, opts: pulumi.ResourceOptions) -> None:
    """What portals need of a cluster, besides that it is there."""
    metadata = CommonMetadata(labels={NAME_LABEL: PORTAL, INSTANCE_LABEL: stack, MANAGED_BY_LABEL: PORTAL})
    inside = pulumi.ResourceOptions(provider=cluster.provider)
    NetworkPolicySwitch("network-policy-switch", metadata, inside)
    writes = GroupRoleArgs(role="portal-deployer", group=DEPLOYERS_GROUP, metadata=metadata)
    DeployerRole("portal-deployer", writes, inside)
    reads = GroupRoleArgs(role="portal-reader", group=READERS_GROUP, metadata=metadata)
    ReaderRole("portal-reader", reads, inside)
    deployers = GroupMembersArgs(
        cluster=cluster.name,
        principals={portal: role.arn for portal, role in roles.deploying.items()},
        groups=[DEPLOYERS_GROUP],
    )
    GroupMembers("access", deployers, opts)
    readers = GroupMembersArgs(
        cluster=cluster.name,
        principals={portal: role.arn for portal, role in roles.reading.items()},
        groups=[READERS_GROUP],
    )
    GroupMembers(read_only_name("access"), readers, opts)


def _rights(settings: FoundationSettings, portal: str, deployer: Deployer) -> DeployRights:
    record = deployer.record
    return DeployRights(
        portal=portal,
        account=settings.account,
        region=settings.region,
        ephemeral=deployer.ephemeral,
        zone=record.zone if record is not None else None,
        host=record.host if record is not None else None,
        cluster=settings.cluster.name if settings.cluster is not None else None,
        repository=settings.repository,
        state_bucket=settings.state.bucket if settings.state is not None else None,
        state_key=settings.state.key if settings.state is not None else None,
    )
