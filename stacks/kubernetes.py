"""A portal in any cluster that is already there: namespace, database, Backstage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.backstage import Backstage, BackstageArgs, ClusterRule
from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.cluster.namespace import RestrictedNamespace, RestrictedNamespaceArgs
from components.database.connection import DatabaseConnection
from components.database.in_cluster import InClusterDatabase, InClusterDatabaseArgs
from portal.appconfig.core import DRAIN_SECONDS
from portal.appconfig.database import connection_budget
from portal.models.scalars import size_in_bytes
from portal.models.stack import Cluster
from portal.plan import Plan
from portal.secrets.needs import DATABASE_PASSWORD
from stacks.door import Deployment

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
    labels = common_labels(plan)
    existing = ExistingCluster("cluster", ExistingClusterArgs(cluster.context, cluster.kubeconfig))
    placed = pulumi.ResourceOptions(provider=existing.provider)
    namespace = RestrictedNamespace(
        "portal", RestrictedNamespaceArgs(settings.namespace, labels, keep=settings.database.keep), placed
    )
    pod_labels = {
        "app.kubernetes.io/instance": plan.stack,
        "app.kubernetes.io/component": "backstage",
        "backstage.io/kubernetes-id": "portal",
    }
    database = _database(deployment, namespace.namespace, labels, pod_labels, placed)
    backstage = Backstage(
        "backstage", _backstage(deployment, namespace.namespace, labels, pod_labels, database), placed
    )
    return Portal(settings.url, namespace.namespace, backstage.service, plan.release.id, plan.image)


def common_labels(plan: Plan) -> dict[str, str]:
    """On every object: whose it is.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels
    """
    return {
        "app.kubernetes.io/name": "portal",
        "app.kubernetes.io/instance": plan.stack,
        "app.kubernetes.io/managed-by": "portal",
    }


def _database(
    deployment: Deployment,
    namespace: pulumi.Output[str],
    labels: Mapping[str, str],
    client_labels: Mapping[str, str],
    placed: pulumi.ResourceOptions,
) -> DatabaseConnection:
    plan = deployment.plan
    chosen = plan.settings.database
    return InClusterDatabase(
        "database",
        InClusterDatabaseArgs(
            namespace=namespace,
            labels=labels,
            image=plan.release.images.database.reference,
            password=deployment.secrets[DATABASE_PASSWORD],
            client_labels=client_labels,
            max_connections=connection_budget(plan.app_config.plugins, plan.settings.replicas).max_connections,
            storage=chosen.storage,
            storage_class=chosen.storage_class,
            keep=chosen.keep,
        ),
        placed,
    ).connection


def _backstage(
    deployment: Deployment,
    namespace: pulumi.Output[str],
    labels: Mapping[str, str],
    pod_labels: Mapping[str, str],
    database: DatabaseConnection,
) -> BackstageArgs:
    plan = deployment.plan
    settings, chosen = plan.settings, plan.settings.resources
    enabled = [plugin for plugin in plan.app_config.plugins.values() if plugin.enabled]
    return BackstageArgs(
        namespace=namespace,
        labels=labels,
        pod_labels=pod_labels,
        image=plan.image,
        app_config=plan.app_config.text,
        secrets={name: deployment.secrets[name] for name in sorted(plan.app_config.secrets)},
        database=database,
        heap_mib=int(size_in_bytes(chosen.memory_limit) * HEAP_SHARE / 2**20),
        cpu=chosen.cpu,
        memory=chosen.memory,
        cpu_limit=chosen.cpu_limit,
        memory_limit=chosen.memory_limit,
        drain_seconds=DRAIN_SECONDS,
        replicas=settings.replicas,
        node_port=settings.service.node_port,
        outbound=any(plugin.outbound_hosts for plugin in enabled),
        cluster_rules=tuple(
            ClusterRule(rule.api_groups, rule.resources, rule.verbs)
            for plugin in enabled
            for rule in plugin.record.kubernetes.cluster_role
        ),
        cluster_role_name=f"portal-{settings.namespace}-reader",
    )
