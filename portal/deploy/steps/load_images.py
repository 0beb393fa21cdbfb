"""Step: load images that are in no registry."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step
from portal.release.images import Images


class LoadImages(Step):
    """Load the images that the cluster does not have."""

    name = "load-images"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.get(LocalCluster).load(deployment.get(Images), deployment.progress)
