"""Step: make the portal's address reach its Service."""

from __future__ import annotations

from portal.contract import SERVICE
from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class Open(Step):
    """Forward an address of this machine to the portal. Other addresses need no forwarding."""

    name = "open"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        cluster = deployment.find(LocalCluster)
        if cluster is not None:
            cluster.open(deployment.plan.settings.namespace.name, SERVICE)
