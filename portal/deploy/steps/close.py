"""Step: undo ``open``."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class Close(Step):
    """Stop forwarding an address of this machine to the portal."""

    name = "close"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        cluster = deployment.find(LocalCluster)
        if cluster is not None:
            cluster.close()
