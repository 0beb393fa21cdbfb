"""Step: read the stack's objects from the cluster."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes, DeployEngine
from portal.deploy.step import Step


class ReadCluster(Step):
    """Let the engine read the cluster while the program is recorded: one waits for the network, one uses the CPU."""

    name = "read-cluster"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        if deployment.find(Changes) is None:
            deployment.get(DeployEngine).look(deployment)
