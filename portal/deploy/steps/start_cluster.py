"""The cluster of a local stack, running."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class StartCluster(Step):
    """Start the cluster where it is down. Gives it running."""

    name = "start-cluster"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.give(deployment.get(LocalCluster).start(deployment.progress))
