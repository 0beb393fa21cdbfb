"""Step: find the cluster of a team stack whose portal is reached through this machine's kubectl."""

from __future__ import annotations

from portal.base.address import is_loopback
from portal.deploy.context_cluster import ContextCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class FindCluster(Step):
    """Gives the cluster if the stack's address is on this machine. Gives nothing for any other stack."""

    name = "find-cluster"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        stack, settings = deployment.plan.stack, deployment.plan.settings
        named = deployment.plan.target.cluster(settings)
        if named is not None and is_loopback(settings.url):
            deployment.give(ContextCluster(deployment.checkout, named, settings.url, stack, settings.namespace))
