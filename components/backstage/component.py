"""The component: everything of a Backstage but its namespace and its database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.autoscaling.v2 import HorizontalPodAutoscaler
from pulumi_kubernetes.core.v1 import Service, ServiceAccount
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding

from components.backstage.args import PORT, Autoscale, BackstageArgs
from components.backstage.end_if_start_fails import END_IF_START_FAILS
from components.backstage.pod import backstage_pod
from components.backstage.take_turns import TAKE_TURNS
from components.backstage.wait_for_database import WAIT_FOR_DATABASE
from components.content_named import immutable_config_map, immutable_secret
from components.network_rules import to_anywhere, to_dns, to_pods
from components.pods import NO_WAIT, ROLLOUT_SECONDS

if TYPE_CHECKING:
    from pulumi_kubernetes.apps.v1 import DeploymentSpecArgsDict
    from pulumi_kubernetes.core.v1 import ServicePortArgsDict
    from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict

# Pods are replaced one after the other, and the next one starts when the last is ready: some ten seconds each. With as
# many as there may be it stays below the provider's own ten minutes.
SECONDS_FOR_A_POD = 15


class Backstage(pulumi.ComponentResource):
    """A Backstage on a database: stateless, any number of replicas.

    Every change of configuration or secret rolls its pods, and nothing else does. Deliberately no namespace, database,
    ingress or certificate: those come from the composition.
    """

    service: pulumi.Output[str]

    def __init__(self, name: str, args: BackstageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:backstage:Backstage", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        self._common = args.metadata.labelled(args.pod_labels)
        account = ServiceAccount(
            f"{name}-account",
            metadata=self._metadata("backstage"),
            automount_service_account_token=False,
            opts=self._child,
        )
        if args.cluster_rules:
            self._grant(account)
        authority = args.database.authority
        config = immutable_config_map(
            "backstage-config",
            args.namespace,
            self._common,
            {
                "app-config.yaml": args.app_config,
                "end-if-start-fails.mjs": END_IF_START_FAILS,
                "take-turns.mjs": TAKE_TURNS,
                "wait-for-database.mjs": WAIT_FOR_DATABASE,
                **({"database-authority.pem": authority} if authority is not None else {}),
            },
            self._child,
        )
        secret = immutable_secret("backstage-secrets", args.namespace, self._common, args.secrets, self._child)
        self._limit_network()
        PodDisruptionBudget(
            f"{name}-budget",
            metadata=self._metadata("backstage"),
            spec={
                # One replica may be drained too; pods that are not well never hold up a drain.
                "max_unavailable": 1,
                "unhealthy_pod_eviction_policy": "AlwaysAllow",
                "selector": {"match_labels": dict(args.pod_labels)},
            },
            opts=self._child,
        )
        spec: DeploymentSpecArgsDict = {
            "revision_history_limit": 2,
            "progress_deadline_seconds": 900,
            "strategy": {"type": "RollingUpdate", "rolling_update": {"max_unavailable": 0, "max_surge": 1}},
            "selector": {"match_labels": dict(args.pod_labels)},
            "template": {
                "metadata": self._common.of_pod(),
                "spec": backstage_pod(args, account.metadata.name, config.metadata.name, secret.metadata.name),
            },
        }
        if args.autoscale is None:
            spec["replicas"] = args.replicas
        server = Deployment(
            f"{name}-server",
            metadata=self._metadata("backstage", _rollout_annotations(args)),
            spec=spec,
            opts=self._child,
        )
        if args.autoscale is not None:
            self._scale(server, args.autoscale)
        self.service = self._serve()
        self.register_outputs({"service": self.service})

    def _metadata(self, physical: str, annotations: Mapping[str, str] | None = None) -> ObjectMetaArgsDict:
        return self._common.of(physical, self._args.namespace, annotations)

    def _scale(self, server: Deployment, autoscale: Autoscale) -> None:
        HorizontalPodAutoscaler(
            f"{self._name}-autoscaler",
            metadata=self._metadata("backstage"),
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
            opts=self._child,
        )

    def _serve(self) -> pulumi.Output[str]:
        node_port = self._args.node_port
        port: ServicePortArgsDict = {"name": "http", "port": 80, "target_port": "http"}
        if node_port is not None:
            port["node_port"] = node_port
        service = Service(
            f"{self._name}-service",
            # The Deployment is waited for: a Service's clock starts before its pods can, which wait for the database.
            metadata=self._metadata("backstage", NO_WAIT),
            spec={
                "type": "NodePort" if node_port else "ClusterIP",
                "selector": dict(self._args.pod_labels),
                "ports": [port],
            },
            opts=self._child,
        )
        return service.metadata.name

    def _grant(self, account: ServiceAccount) -> None:
        """What plugins read in the cluster.

        Cluster-wide objects carry the namespace in their name: portals do not meet.
        """
        role = ClusterRole(
            f"{self._name}-reader",
            metadata=self._common.of(self._args.cluster_role_name),
            rules=[
                {"api_groups": list(rule.api_groups), "resources": list(rule.resources), "verbs": list(rule.verbs)}
                for rule in self._args.cluster_rules
            ],
            opts=self._child,
        )
        ClusterRoleBinding(
            f"{self._name}-reader-binding",
            metadata=self._common.of(self._args.cluster_role_name),
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role.metadata.name},
            subjects=[{"kind": "ServiceAccount", "name": account.metadata.name, "namespace": self._args.namespace}],
            opts=self._child,
        )

    def _limit_network(self) -> None:
        database = self._args.database
        egress: list[NetworkPolicyEgressRuleArgsDict] = [to_dns()]
        if database.pod_labels is not None:
            egress.append(to_pods(database.pod_labels, database.port))
        else:
            egress.append(to_anywhere(database.port))
        # The API server's address is the cluster's own matter; its ports are these.
        ports = {*self._args.outbound_ports, *((443, 6443) if self._args.cluster_rules else ())}
        if ports:
            egress.append(to_anywhere(*sorted(ports)))
        egress.extend(self._args.egress)
        NetworkPolicy(
            f"{self._name}-policy",
            metadata=self._metadata("backstage"),
            spec={
                "pod_selector": {"match_labels": dict(self._args.pod_labels)},
                "policy_types": ["Ingress", "Egress"],
                "ingress": [{"ports": [{"port": PORT, "protocol": "TCP"}]}],
                "egress": egress,
            },
            opts=self._child,
        )


def _rollout_annotations(args: BackstageArgs) -> dict[str, str]:
    """How Pulumi waits for the rollout, and applies it.

    By force: an autoscaler that the stack had before owns the number of replicas, and would keep it
    (https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts).
    """
    most = args.autoscale.most if args.autoscale is not None else args.replicas
    limit = ROLLOUT_SECONDS + SECONDS_FOR_A_POD * (most - 1)
    return {"pulumi.com/timeoutSeconds": str(limit), "pulumi.com/patchForce": "true"}
