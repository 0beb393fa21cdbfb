"""The way from the portal's address to its Service."""

from __future__ import annotations

from portal.contract import SERVICE
from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class Open(Step):
    """Make an address of this machine lead to the portal. Other addresses lead there by themselves."""

    name = "open"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        cluster = deployment.find(LocalCluster)
        if cluster is not None:
            cluster.open(deployment.plan.settings.namespace.name, SERVICE)
