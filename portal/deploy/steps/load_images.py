"""Images that no registry has."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step
from portal.release.images import Images


class LoadImages(Step):
    """Give the cluster the images that it does not have."""

    name = "load-images"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.get(LocalCluster).load(deployment.get(Images), deployment.progress)
