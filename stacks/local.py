"""A portal on this machine: like one in any cluster, in the one that ``portal up`` chose or made."""

from __future__ import annotations

from portal.models.cluster import Cluster
from stacks.kubernetes import build_in
from stacks.load import Deployment
from stacks.portal import Portal

# What `portal up` writes for a cluster of its own; a stack that names another says so in `portal:cluster`.
OWN_CLUSTER = Cluster(context="portal", kubeconfig=".portal/cluster/kubeconfig")


def build(deployment: Deployment) -> Portal:
    """A portal in this machine's own cluster, or in the one that the stack names."""
    return build_in(deployment, deployment.plan.target.cluster(deployment.plan.settings) or OWN_CLUSTER)
