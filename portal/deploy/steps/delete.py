"""Step: delete a local stack with its data."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class Delete(Step):
    """Delete the cluster if it is ours, else everything of the stack in it."""

    name = "down"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.get(LocalCluster).delete(deployment.progress)
