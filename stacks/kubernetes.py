"""A portal in any cluster that is already there: namespace, database, Backstage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.backstage import (
    Autoscale,
    Backstage,
    BackstageArgs,
    ClusterRule,
    Identity,
    Network,
    Resources,
)
from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.cluster.namespace import RestrictedNamespace, RestrictedNamespaceArgs
from components.database.connection import DatabaseConnection
from components.metadata import CommonMetadata
from components.network_rules import to_namespace, to_network
from portal.base.quantity import quantity
from portal.models.cluster import Autoscaling, Cluster
from portal.models.network import EgressRule
from portal.plan import Plan
from portal.stack.outbound import outbound_ports
from stacks.database import build_database
from stacks.door import Deployment
from stacks.front import build_front
from stacks.scheduling import scheduling

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict

# Node's heap within the container's limit; the rest is for buffers, code and the frontend's files.
HEAP_SHARE = 0.75


@dataclass(frozen=True)
class Portal:
    """What a composition made, for the program to export."""

    url: str
    namespace: pulumi.Output[str]
    service: pulumi.Output[str]
    release: str
    image: str


def build(deployment: Deployment) -> Portal:
    """A portal in the cluster that the stack names; the checks have seen that it does."""
    cluster = deployment.plan.settings.cluster
    if cluster is None:
        raise pulumi.RunError("portal:cluster is missing")
    return build_in(deployment, cluster)


def build_in(deployment: Deployment, cluster: Cluster) -> Portal:
    """A portal in the cluster of a context."""
    plan = deployment.plan
    settings = plan.settings
    metadata = CommonMetadata(labels={**common_labels(plan), **settings.labels}, annotations=settings.annotations)
    existing = ExistingCluster("cluster", ExistingClusterArgs(context=cluster.context, kubeconfig=cluster.kubeconfig))
    in_cluster = pulumi.ResourceOptions(provider=existing.provider)
    namespace = _namespace(plan, metadata, in_cluster)
    client_labels = {
        "app.kubernetes.io/instance": plan.stack,
        "app.kubernetes.io/component": "backstage",
        "backstage.io/kubernetes-id": "portal",
    }
    database = build_database(deployment, namespace, metadata, client_labels, in_cluster)
    backstage = Backstage("backstage", _backstage(deployment, namespace, metadata, client_labels, database), in_cluster)
    build_front(plan, namespace, metadata, backstage.service, in_cluster)
    return Portal(settings.url, namespace, backstage.service, plan.release.id, plan.image)


def common_labels(plan: Plan) -> dict[str, str]:
    """On every object: whose it is.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels
    """
    return {
        "app.kubernetes.io/name": "portal",
        "app.kubernetes.io/instance": plan.stack,
        "app.kubernetes.io/managed-by": "portal",
    }


def _namespace(plan: Plan, metadata: CommonMetadata, in_cluster: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The portal's own namespace, or the name of one that is not ours to change."""
    chosen = plan.settings.namespace
    if not chosen.create:
        return pulumi.Output.from_input(chosen.name)
    args = RestrictedNamespaceArgs(name=chosen.name, metadata=metadata, keep=plan.settings.database.keep)
    return RestrictedNamespace("portal", args, in_cluster).namespace


def _backstage(
    deployment: Deployment,
    namespace: pulumi.Output[str],
    metadata: CommonMetadata,
    pod_labels: Mapping[str, str],
    database: DatabaseConnection,
) -> BackstageArgs:
    plan = deployment.plan
    settings, chosen = plan.settings, plan.settings.resources
    enabled = [plugin for plugin in plan.app_config.plugins.values() if plugin.enabled]
    return BackstageArgs(
        namespace=namespace,
        metadata=metadata,
        pod_labels=pod_labels,
        image=plan.image,
        app_config=plan.app_config.text,
        secrets={name: deployment.secrets[name] for name in sorted(plan.app_config.secrets)},
        database=database,
        resources=Resources(
            cpu=chosen.cpu,
            memory=chosen.memory,
            cpu_limit=chosen.cpu_limit,
            memory_limit=chosen.memory_limit,
            heap_mib=int(float(quantity(chosen.memory_limit)) * HEAP_SHARE / 2**20),
        ),
        replicas=_autoscale(settings.autoscaling) or settings.replicas,
        network=Network(
            node_port=settings.service.node_port,
            outbound_ports=outbound_ports(plan.app_config.plugins, plan.app_config.github, plan.release.portal),
            egress=[_egress(rule) for rule in settings.egress],
        ),
        scheduling=scheduling(settings),
        identity=Identity(
            cluster_role_name=f"portal-{settings.namespace.name}-reader",
            cluster_rules=tuple(
                ClusterRule(api_groups=rule.api_groups, resources=rule.resources, verbs=rule.verbs)
                for plugin in enabled
                for rule in plugin.record.kubernetes.cluster_role
            ),
        ),
    )


def _egress(rule: EgressRule) -> NetworkPolicyEgressRuleArgsDict:
    if rule.namespace is not None:
        return to_namespace(rule.namespace, rule.ports, rule.protocol)
    return to_network(rule.cidr or "", rule.ports, rule.protocol)


def _autoscale(chosen: Autoscaling | None) -> Autoscale | None:
    return Autoscale(least=chosen.min, most=chosen.max, cpu_percent=chosen.cpu_percent) if chosen is not None else None
