"""Who may sign in to an EKS cluster, and as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.eks import AccessEntry, AccessPolicyAssociation

from portal.aws.arn import partition


@dataclass(frozen=True, kw_only=True)
class AdministratorsArgs:
    """``principals`` are ARNs of roles or users, by a name for each."""

    cluster: pulumi.Input[str]
    region: str
    principals: Mapping[str, str]


class Administrators(pulumi.ComponentResource):
    """Principals that may do everything in the cluster."""

    def __init__(self, name: str, args: AdministratorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:Administrators", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        policy = f"arn:{partition(args.region)}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
        for principal, arn in sorted(args.principals.items()):
            entry = AccessEntry(f"{name}-{principal}", cluster_name=args.cluster, principal_arn=arn, opts=child)
            AccessPolicyAssociation(
                f"{name}-{principal}",
                cluster_name=args.cluster,
                # The entry's own output: the association waits for the entry.
                principal_arn=entry.principal_arn,
                policy_arn=policy,
                access_scope={"type": "cluster"},
                opts=child,
            )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class GroupMembersArgs:
    """``principals`` are ARNs of roles, by a name for each. ``groups`` are those of Kubernetes."""

    cluster: pulumi.Input[str]
    principals: Mapping[str, pulumi.Input[str]]
    groups: Sequence[str]


class GroupMembers(pulumi.ComponentResource):
    """Principals that are members of groups, and have the rights that roles in the cluster give to those.

    EKS's own access policies are fixed lists, which know no objects of Auto Mode
    (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html).
    """

    def __init__(self, name: str, args: GroupMembersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:GroupMembers", name, None, opts)
        for principal, arn in sorted(args.principals.items()):
            AccessEntry(
                f"{name}-{principal}",
                cluster_name=args.cluster,
                principal_arn=arn,
                kubernetes_groups=list(args.groups),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
