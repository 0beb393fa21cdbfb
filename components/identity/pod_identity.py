"""The AWS role of the pods of one service account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.eks import PodIdentityAssociation
from pulumi_aws.iam import Role, RolePolicy

from components.identity.policy import Statement, policy

# The service that gives pods their credentials
# (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html).
_SERVICE = "pods.eks.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class PodIdentityArgs:
    """``statements`` are all that the pods of ``account`` may do in AWS.

    ``path`` and ``boundary`` are those of the role. ``cluster_arn`` and ``cluster`` name the same cluster.
    """

    cluster: str
    cluster_arn: str
    namespace: pulumi.Input[str]
    account: str
    path: str
    boundary: str | None
    statements: Sequence[Statement]


class PodIdentity(pulumi.ComponentResource):
    """A role for one service account of one namespace in one cluster, and its association.

    Pods get credentials when they are created, so whatever runs them has to depend on ``ready``. Deliberately no
    service account: that belongs to the pods.
    """

    ready: Sequence[pulumi.Resource]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: PodIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:identity:PodIdentity", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = Role(
            f"{name}-role",
            description=f"Pods of the service account {args.account} of a portal",
            path=args.path,
            permissions_boundary=args.boundary,
            assume_role_policy=policy([_trust(args)]),
            opts=child,
        )
        rights = RolePolicy(f"{name}-rights", role=role.name, policy=policy(args.statements), opts=child)
        association = PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args.cluster,
            namespace=args.namespace,
            service_account=args.account,
            role_arn=role.arn,
            opts=child,
        )
        self.ready = (rights, association)
        self.role_arn = role.arn
        self.register_outputs({"roleArn": role.arn})


def _trust(args: PodIdentityArgs) -> Statement:
    """Without the conditions, any association in the account could give the role to other pods."""
    return Statement(
        sid="PodsOfThisAccount",
        actions=["sts:AssumeRole", "sts:TagSession"],
        principal={"Service": _SERVICE},
        condition={
            "StringEquals": {
                "aws:RequestTag/eks-cluster-arn": args.cluster_arn,
                "aws:RequestTag/kubernetes-namespace": args.namespace,
                "aws:RequestTag/kubernetes-service-account": args.account,
            }
        },
    )
