"""A portal on this machine: the composition for any cluster, in the one that ``portal up`` chose or made."""

from __future__ import annotations

from portal.models.cluster import Cluster
from stacks import kubernetes
from stacks.door import Deployment

# What `portal up` writes for a cluster of its own; a stack that names another says so in `portal:cluster`.
OWN_CLUSTER = Cluster(context="portal", kubeconfig=".portal/cluster/kubeconfig")


def build(deployment: Deployment) -> kubernetes.Portal:
    """A portal in this machine's own cluster, or in the one that the stack names."""
    return kubernetes.build_in(deployment, deployment.plan.settings.cluster or OWN_CLUSTER)
