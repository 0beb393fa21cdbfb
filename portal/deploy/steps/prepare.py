"""Step: install what building images and starting the cluster both need."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class Prepare(Step):
    """Find or install the programs that the cluster needs, before anything is built."""

    name = "prepare"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.get(LocalCluster).prepare(deployment.progress)
