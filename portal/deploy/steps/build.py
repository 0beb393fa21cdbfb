"""Step: build the checkout's images."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.step import Step
from portal.image.build import build_images
from portal.release.release import read_portal


class Build(Step):
    """Gives the images. Builds only what changed."""

    name = "build"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        checkout = deployment.checkout
        _, _, composition = read_portal(checkout)
        images = build_images(composition, checkout, deployment.progress, builder=deployment.options.builder)
        deployment.give(images)
