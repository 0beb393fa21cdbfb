"""A Kubernetes cluster of AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_aws.cloudwatch import LogGroup
from pulumi_aws.eks import Cluster
from pulumi_aws.iam import Role, RolePolicyAttachment

from components.cluster.eks_access import Administrators, AdministratorsArgs
from components.identity.policy import document
from portal.aws.arn import managed_policy_arn
from portal.aws.kubeconfig import EksAddress
from portal.aws.names import FOUNDATION_PATH, cluster_log_group

if TYPE_CHECKING:
    from pulumi_aws.eks import ClusterVpcConfigArgsDict

# https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html
_CLUSTER_POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
# https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html
_NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# Those that EKS keeps itself. Other pools are objects in the cluster.
_NODE_POOLS = ("general-purpose", "system")

Kubeconfig = Callable[[EksAddress], str]


@dataclass(frozen=True, kw_only=True)
class EksName:
    """The cluster's name, and where it is. ``label`` begins the names of its roles."""

    cluster: str
    label: str
    account: str
    region: str


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    """``subnet_ids`` are private, in three zones. ``service_cidr`` overlaps with nothing that pods reach.

    ``public_access`` are the networks that reach the API server over the internet; without any, only the VPC does.
    ``support`` is EXTENDED or STANDARD. ``administrators`` are ARNs of principals, by a name for each. ``key_arn``
    encrypts Secrets and logs. ``kubeconfig`` writes what the provider signs in with.
    """

    name: EksName
    version: str
    support: str
    subnet_ids: Sequence[pulumi.Input[str]]
    service_cidr: str
    public_access: Sequence[str] = ()
    administrators: Mapping[str, str]
    key_arn: pulumi.Input[str]
    retention_days: int
    kubeconfig: Kubeconfig
    keep: bool = True


class EksCluster(pulumi.ComponentResource):
    """Stateful: a cluster in Auto Mode, where AWS runs nodes, volumes and load balancing.

    Nobody has rights in it but ``administrators``, not even who made it. Auto Mode can hardly be switched off, and the
    roles, the service network and the key can never change: the cluster would be replaced.
    """

    provider: kubernetes.Provider
    name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    authority: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:EksCluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # First, as EKS would make it otherwise: without a key, and kept forever.
        logs = LogGroup(
            "cluster-logs",
            name=cluster_log_group(args.name.cluster),
            kms_key_id=args.key_arn,
            retention_in_days=args.retention_days,
            opts=child,
        )
        # TagSession is for Auto Mode, which signs in with a session of the cluster.
        of_cluster = ("eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"])
        of_nodes = ("ec2.amazonaws.com", ["sts:AssumeRole"])
        role, rights = _role("cluster-role", args.name, of_cluster, _CLUSTER_POLICIES, child)
        node_role, node_rights = _role("node-role", args.name, of_nodes, _NODE_POLICIES, child)
        cluster = Cluster(
            "cluster",
            name=args.name.cluster,
            version=args.version,
            role_arn=role.arn,
            # Auto Mode brings its own network, proxy and DNS. https://docs.aws.amazon.com/eks/latest/userguide/automode.html
            bootstrap_self_managed_addons=False,
            compute_config={"enabled": True, "node_pools": list(_NODE_POOLS), "node_role_arn": node_role.arn},
            storage_config={"block_storage": {"enabled": True}},
            kubernetes_network_config={
                "elastic_load_balancing": {"enabled": True},
                "ip_family": "ipv4",
                # Known, so that network policies can name the cluster's DNS.
                "service_ipv4_cidr": args.service_cidr,
            },
            access_config={
                "authentication_mode": "API",
                "bootstrap_cluster_creator_admin_permissions": False,
            },
            vpc_config=_endpoint(args),
            encryption_config={"provider": {"key_arn": args.key_arn}, "resources": ["secrets"]},
            enabled_cluster_log_types=list(_LOGS),
            upgrade_policy={"support_type": args.support},
            zonal_shift_config={"enabled": True},
            deletion_protection=args.keep,
            # Without the roles' policies, EKS cannot delete the security groups that it made.
            # https://www.pulumi.com/registry/packages/aws/api-docs/eks/cluster (role_arn)
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep, depends_on=[logs, *rights, *node_rights]),
        )
        self.name = cluster.name
        self.endpoint = cluster.endpoint
        self.authority = cluster.certificate_authority.apply(lambda found: found.data or "")
        self.security_group_id = cluster.vpc_config.apply(lambda found: found.cluster_security_group_id or "")
        access = Administrators(
            "access",
            AdministratorsArgs(cluster=cluster.name, region=args.name.region, principals=args.administrators),
            child,
        )

        def address(endpoint: str, authority: str) -> EksAddress:
            return EksAddress(args.name.cluster, args.name.account, args.name.region, endpoint, authority)

        self.provider = kubernetes.Provider(
            "kubernetes",
            # Known and never changed: an unknown kubeconfig replaces nothing.
            cluster_identifier=address("", "").arn,
            kubeconfig=pulumi.Output.all(self.endpoint, self.authority).apply(
                lambda found: args.kubeconfig(address(found[0], found[1]))
            ),
            # Before that, whoever runs this has no rights in the cluster.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[access]),
        )
        self.register_outputs({"name": self.name})


def _role(
    name: str, args: EksName, trusted: tuple[str, Sequence[str]], policies: Sequence[str], child: pulumi.ResourceOptions
) -> tuple[Role, list[RolePolicyAttachment]]:
    """A role of a service, with what it does to become it, and AWS's policies on it."""
    service, actions = trusted
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    role = Role(
        name,
        name=f"{args.label}-{name}",
        path=FOUNDATION_PATH,
        assume_role_policy=json.dumps(document(statement)),
        opts=child,
    )
    attached = [
        RolePolicyAttachment(
            f"{name}-{policy}", role=role.name, policy_arn=managed_policy_arn(args.region, policy), opts=child
        )
        for policy in policies
    ]
    return role, attached


def _endpoint(args: EksClusterArgs) -> ClusterVpcConfigArgsDict:
    """The API server's addresses: always one in the VPC, and a public one for the networks that are named."""
    config: ClusterVpcConfigArgsDict = {
        "subnet_ids": list(args.subnet_ids),
        "endpoint_private_access": True,
        "endpoint_public_access": bool(args.public_access),
    }
    if args.public_access:
        config["public_access_cidrs"] = list(args.public_access)
    return config
