"""What whoever deploys portals may do in a cluster, and who only looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding

from components.metadata import CommonMetadata

if TYPE_CHECKING:
    from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict

_RBAC = "rbac.authorization.k8s.io"
_WRITE = ("create", "delete", "get", "list", "patch", "update", "watch")
_READ = ("get", "list", "watch")
# The objects of a portal's stack, its backups and its Jobs.
_WRITTEN: Sequence[tuple[str, Sequence[str]]] = (
    ("", ("configmaps", "namespaces", "persistentvolumeclaims", "secrets", "serviceaccounts", "services")),
    ("apps", ("deployments", "statefulsets")),
    ("autoscaling", ("horizontalpodautoscalers",)),
    ("batch", ("cronjobs", "jobs")),
    ("eks.amazonaws.com", ("targetgroupbindings",)),
    ("gateway.networking.k8s.io", ("httproutes",)),
    ("networking.k8s.aws", ("applicationnetworkpolicies",)),
    ("networking.k8s.io", ("ingresses", "networkpolicies")),
    ("policy", ("poddisruptionbudgets",)),
    (_RBAC, ("clusterrolebindings", "clusterroles", "rolebindings", "roles")),
)
# What a deployment waits for, and what it may give to a portal's plugins: nobody can give rights that they lack
# (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
_READ_ONLY: Sequence[tuple[str, Sequence[str]]] = (
    ("", ("endpoints", "events", "nodes", "pods", "pods/log", "resourcequotas")),
    ("apps", ("daemonsets", "replicasets")),
    ("discovery.k8s.io", ("endpointslices",)),
    ("tekton.dev", ("pipelineruns", "taskruns")),
)


@dataclass(frozen=True, kw_only=True)
class GroupRoleArgs:
    """``role`` is the name in the cluster, and ``group`` has it."""

    role: str
    group: str
    metadata: CommonMetadata


class DeployerRole(pulumi.ComponentResource):
    """The rights to deploy portals, in every namespace: Kubernetes cannot give rights in namespaces to come.

    So the group can read all Secrets of the cluster. A cluster with other teams in it needs a namespace and a
    RoleBinding for each portal instead. Deliberately no rights to run commands in pods, or to change nodes.
    """

    def __init__(self, name: str, args: GroupRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:DeployerRole", name, None, opts)
        _give(name, args, [*_rules(_WRITTEN, _WRITE), *_rules(_READ_ONLY, _READ)], self)
        self.register_outputs({})


class ReaderRole(pulumi.ComponentResource):
    """The rights to see what a deployment would change: to read what a deployer writes, in every namespace.

    That includes all Secrets of the cluster, as the stacks have Secrets. Without the right to patch, Pulumi compares
    without the API server's help: https://github.com/pulumi/pulumi-kubernetes/pull/2419.
    """

    def __init__(self, name: str, args: GroupRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:ReaderRole", name, None, opts)
        _give(name, args, _rules([*_WRITTEN, *_READ_ONLY], _READ), self)
        self.register_outputs({})


def _give(name: str, args: GroupRoleArgs, rules: Sequence[PolicyRuleArgsDict], parent: pulumi.Resource) -> None:
    child = pulumi.ResourceOptions(parent=parent)
    role = ClusterRole(name, metadata=args.metadata.of(args.role), rules=rules, opts=child)
    ClusterRoleBinding(
        f"{name}-binding",
        metadata=args.metadata.of(args.role),
        role_ref={"api_group": _RBAC, "kind": "ClusterRole", "name": role.metadata.name},
        subjects=[{"api_group": _RBAC, "kind": "Group", "name": args.group}],
        opts=child,
    )


def _rules(kinds: Sequence[tuple[str, Sequence[str]]], verbs: Sequence[str]) -> list[PolicyRuleArgsDict]:
    return [{"api_groups": [group], "resources": list(resources), "verbs": list(verbs)} for group, resources in kinds]
