"""The end of what ``open`` began."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class Close(Step):
    """Take back the way from an address of this machine to the portal."""

    name = "close"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        cluster = deployment.find(LocalCluster)
        if cluster is not None:
            cluster.close()
