"""What the cluster has of the stack."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes, DeployEngine
from portal.deploy.step import Step


class ReadCluster(Step):
    """Let the engine look at the cluster while the program is read: that look waits for others, and reading works."""

    name = "read-cluster"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        if deployment.find(Changes) is None:
            deployment.get(DeployEngine).look(deployment)
