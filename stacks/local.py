"""A portal on this machine, in the cluster that ``portal up`` chose or made."""

from __future__ import annotations

from portal.base.checkout import OWN_KUBECONFIG
from portal.models.cluster import Cluster
from stacks.kubernetes import build_in
from stacks.load import Deployment
from stacks.portal import Portal

# The cluster that `portal up` makes. A stack that uses another one names it in `portal:cluster`.
OWN_CLUSTER = Cluster(context="portal", kubeconfig=OWN_KUBECONFIG)


def build(deployment: Deployment) -> Portal:
    """Build a portal in the cluster that the stack names, or in the one that ``portal up`` made."""
    return build_in(deployment, deployment.plan.target.cluster(deployment.plan.settings) or OWN_CLUSTER)
