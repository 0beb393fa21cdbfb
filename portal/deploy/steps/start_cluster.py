"""Step: start the cluster of a local stack."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster, RunningCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class StartCluster(Step):
    """Start the cluster if it is stopped. Gives the running cluster."""

    name = "start-cluster"

    def run(self, deployment: Deployment) -> None:
        """See the class. A cluster that was asked something before is given already."""
        if deployment.find(RunningCluster) is None:
            deployment.give(deployment.get(LocalCluster).start(deployment.progress))
