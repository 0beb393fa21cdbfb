"""Step: require images that a team stack's nodes can pull."""

from __future__ import annotations

from portal.base.errors import raise_first
from portal.checks.image import check_image
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class RequireImages(Step):
    """Fail if the release has no images: nothing is built for a team stack."""

    name = "require-images"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        raise_first(check_image(deployment.plan))
