"""A portal in an existing cluster."""

from __future__ import annotations

import pulumi

from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from portal.models.cluster import Cluster
from stacks.database import build_database
from stacks.entry import build_entry
from stacks.load import Deployment
from stacks.parts import Parts
from stacks.portal import Portal, build_portal


def build(deployment: Deployment) -> Portal:
    """Build a portal in the cluster that the stack names. The checks require that it names one."""
    cluster = deployment.plan.target.cluster(deployment.plan.settings)
    if cluster is None:
        raise pulumi.RunError("portal:cluster is missing. Write `portal:cluster: {context: ...}`.")
    return build_in(deployment, cluster)


def build_in(deployment: Deployment, cluster: Cluster) -> Portal:
    """Build a portal in the cluster of a context."""
    existing = ExistingCluster("cluster", ExistingClusterArgs(context=cluster.context, kubeconfig=cluster.kubeconfig))
    return build_portal(deployment, existing.provider, Parts(build_database, build_entry))
