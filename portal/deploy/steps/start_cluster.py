"""Step: start the cluster of a local stack."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class StartCluster(Step):
    """Start the cluster if it is stopped. Gives the running cluster."""

    name = "start-cluster"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.give(deployment.get(LocalCluster).start(deployment.progress))
