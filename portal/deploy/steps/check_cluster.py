"""Step: check a local stack again if it runs in a cluster that others use."""

from __future__ import annotations

from portal.base.errors import raise_first
from portal.checks import findings
from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class CheckCluster(Step):
    """Refuse guests and whatever else is only for a cluster of our own, before anything is built or started.

    The checks before judged the stack's file. ``--context``, or an earlier ``up`` with it, names another cluster.
    """

    name = "check-cluster"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        named = deployment.get(LocalCluster).named
        if named is not None and named != deployment.plan.settings.cluster:
            raise_first(findings(deployment.plan.in_cluster(named)))
