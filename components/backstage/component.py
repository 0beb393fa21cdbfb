"""The component: everything that Backstage needs, except a namespace and a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.autoscaling.v2 import HorizontalPodAutoscaler
from pulumi_kubernetes.core.v1 import Service, ServiceAccount
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, Role, RoleBinding

from components.backstage.args import AccessRule, Autoscale, BackstageArgs
from components.backstage.database_access import database_egress
from components.backstage.pod import backstage_pod
from components.backstage.start import start_files
from components.content_named import immutable_config_map, immutable_secret
from components.gate_job import known_at_preview
from components.metadata import CommonMetadata
from components.mounted_files import by_name
from components.network_rules import to_anywhere, to_dns
from components.pods import NO_WAIT, ROLLOUT_SECONDS
from portal.base.canonical import content_hash
from portal.contract import PORT, SERVICE, SERVICE_PORT

if TYPE_CHECKING:
    from pulumi_kubernetes.apps.v1 import DeploymentSpecArgsDict
    from pulumi_kubernetes.core.v1 import ServicePortArgsDict
    from pulumi_kubernetes.networking.v1 import (
        NetworkPolicyEgressRuleArgsDict,
        NetworkPolicyIngressRuleArgsDict,
        NetworkPolicySpecArgsDict,
    )
    from pulumi_kubernetes.rbac.v1 import PolicyRuleArgsDict, SubjectArgsDict

RBAC = "rbac.authorization.k8s.io"

# Pods are replaced one after the other, and the next one starts when the last is ready: some ten seconds each. With as
# many as there may be it stays below the provider's own ten minutes.
SECONDS_FOR_A_POD = 15

# Within which a new pod has to get ready, or the rollout has failed. It counts from the last pod that got ready.
PROGRESS_SECONDS = 115


class Backstage(pulumi.ComponentResource):
    """Backstage on a database. Stateless, with any number of replicas.

    Every change of configuration or secret rolls its pods, and nothing else does. ``serving`` are the resources without
    which nobody gets an answer. ``fingerprint`` changes with what runs and with what reaches it. Deliberately no
    namespace, database, ingress or certificate: those come from the composition.
    """

    service: pulumi.Output[str]
    serving: tuple[pulumi.Resource, ...]
    fingerprint: str

    def __init__(self, name: str, args: BackstageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:backstage:Backstage", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # What the pods that run have now stays until the next ones may start.
        late = pulumi.ResourceOptions(parent=self, depends_on=list(args.start.after))
        common = args.metadata.labelled(args.pod_labels)
        account = ServiceAccount(
            f"{name}-account",
            metadata=common.of(SERVICE, args.namespace),
            automount_service_account_token=False,
            opts=child,
        )
        if args.identity.rules:
            _grant(name, args, common, account, late)
        files = start_files(args.start, args.database)
        config = immutable_config_map("backstage-config", args.namespace, common, by_name(files), child)
        secret = immutable_secret("backstage-secrets", args.namespace, common, args.secrets, child)
        network = _network(args)
        policy = NetworkPolicy(f"{name}-policy", metadata=common.of(SERVICE, args.namespace), spec=network, opts=late)
        PodDisruptionBudget(
            f"{name}-budget",
            metadata=common.of(SERVICE, args.namespace),
            spec={
                # A single replica may be drained too, and unhealthy pods never block a drain.
                "max_unavailable": 1,
                "unhealthy_pod_eviction_policy": "AlwaysAllow",
                "selector": {"match_labels": dict(args.pod_labels)},
            },
            opts=child,
        )
        spec: DeploymentSpecArgsDict = {
            "revision_history_limit": 2,
            "progress_deadline_seconds": _progress_seconds(args),
            "strategy": {"type": "RollingUpdate", "rolling_update": {"max_unavailable": 0, "max_surge": 1}},
            "selector": {"match_labels": dict(args.pod_labels)},
            "template": {
                "metadata": common.of_pod(),
                "spec": backstage_pod(args, account.metadata.name, config.metadata.name, secret.metadata.name),
            },
        }
        if args.network.turnover.min_ready_seconds:
            spec["min_ready_seconds"] = args.network.turnover.min_ready_seconds
        if not isinstance(args.replicas, Autoscale):
            spec["replicas"] = args.replicas
        server = Deployment(
            f"{name}-server",
            metadata=common.of(SERVICE, args.namespace, _rollout_annotations(args)),
            spec=spec,
            opts=late,
        )
        if isinstance(args.replicas, Autoscale):
            _scale(name, args, args.replicas, common, server, child)
        service = _serve(name, args, common, child)
        self.service = service.metadata.name
        self.serving = (server, service, policy)
        self.fingerprint = content_hash(known_at_preview([spec["template"], network]))
        self.register_outputs({"service": self.service})


def _scale(
    name: str,
    args: BackstageArgs,
    autoscale: Autoscale,
    common: CommonMetadata,
    server: Deployment,
    child: pulumi.ResourceOptions,
) -> None:
    HorizontalPodAutoscaler(
        f"{name}-autoscaler",
        metadata=common.of(SERVICE, args.namespace),
        spec={
            "scale_target_ref": {"api_version": "apps/v1", "kind": "Deployment", "name": server.metadata.name},
            "min_replicas": autoscale.least,
            "max_replicas": autoscale.most,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "average_utilization": autoscale.cpu_percent},
                    },
                }
            ],
        },
        opts=child,
    )


def _serve(name: str, args: BackstageArgs, common: CommonMetadata, child: pulumi.ResourceOptions) -> Service:
    node_port = args.network.node_port
    port: ServicePortArgsDict = {"name": "http", "port": SERVICE_PORT, "target_port": "http"}
    if node_port is not None:
        port["node_port"] = node_port
    return Service(
        f"{name}-service",
        # The Deployment is waited for: a Service's clock starts before its pods can, which wait for the database.
        metadata=common.of(SERVICE, args.namespace, NO_WAIT),
        spec={
            "type": "NodePort" if node_port else "ClusterIP",
            "selector": dict(args.pod_labels),
            "ports": [port],
        },
        opts=child,
    )


def _grant(
    name: str, args: BackstageArgs, common: CommonMetadata, account: ServiceAccount, child: pulumi.ResourceOptions
) -> None:
    """The rights that plugins need: in the whole cluster, or in the namespaces that are named.

    The names of all these objects have the portal's namespace in them, so that portals do not meet.
    """
    physical = args.identity.role_name
    subject: SubjectArgsDict = {
        "kind": "ServiceAccount",
        "name": account.metadata.name,
        "namespace": args.namespace,
    }
    everywhere = [_rule(rule) for rule in args.identity.rules if not rule.namespaces]
    if everywhere:
        role = ClusterRole(f"{name}-reader", metadata=common.of(physical), rules=everywhere, opts=child)
        ClusterRoleBinding(
            f"{name}-reader-binding",
            metadata=common.of(physical),
            role_ref={"api_group": RBAC, "kind": "ClusterRole", "name": role.metadata.name},
            subjects=[subject],
            opts=child,
        )
    for namespace in sorted({one for rule in args.identity.rules for one in rule.namespaces}):
        rules = [_rule(rule) for rule in args.identity.rules if namespace in rule.namespaces]
        local = Role(f"{name}-reader-{namespace}", metadata=common.of(physical, namespace), rules=rules, opts=child)
        RoleBinding(
            f"{name}-reader-{namespace}-binding",
            metadata=common.of(physical, namespace),
            role_ref={"api_group": RBAC, "kind": "Role", "name": local.metadata.name},
            subjects=[subject],
            opts=child,
        )


def _rule(rule: AccessRule) -> PolicyRuleArgsDict:
    return {"api_groups": list(rule.api_groups), "resources": list(rule.resources), "verbs": list(rule.verbs)}


def _network(args: BackstageArgs) -> NetworkPolicySpecArgsDict:
    egress: list[NetworkPolicyEgressRuleArgsDict] = [to_dns(args.network.dns), *database_egress(args.database)]
    # The API server's address differs between clusters; its ports are these.
    ports = {*args.network.outbound_ports, *((443, 6443) if args.identity.rules else ())}
    if ports:
        egress.append(to_anywhere(*sorted(ports)))
    egress.extend(rule for rule in args.network.egress if rule not in egress)
    ingress: list[NetworkPolicyIngressRuleArgsDict] = []
    if args.network.senders:
        ingress.append({"from_": list(args.network.senders), "ports": [{"port": PORT, "protocol": "TCP"}]})
    return {
        "pod_selector": {"match_labels": dict(args.pod_labels)},
        "policy_types": ["Ingress", "Egress"],
        "ingress": ingress,
        "egress": egress,
    }


def _progress_seconds(args: BackstageArgs) -> int:
    return (900 if args.start.migrates else PROGRESS_SECONDS) + args.network.turnover.min_ready_seconds


def _rollout_annotations(args: BackstageArgs) -> dict[str, str]:
    """How Pulumi applies the rollout, and waits for it.

    By force: an autoscaler that the stack had before owns the number of replicas, and would keep it
    (https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts).
    """
    most = args.replicas.most if isinstance(args.replicas, Autoscale) else args.replicas
    each = SECONDS_FOR_A_POD + args.network.turnover.min_ready_seconds
    limit = ROLLOUT_SECONDS + args.network.turnover.min_ready_seconds + each * (most - 1)
    return {"pulumi.com/timeoutSeconds": str(limit), "pulumi.com/patchForce": "true"}
