"""Step: destroy a team stack's resources, but not its data."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.pulumi_engine import TeamPulumi
from portal.deploy.step import Step


class Destroy(Step):
    """``pulumi destroy`` of what is not protected."""

    name = "down"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.get(TeamPulumi).destroy(deployment)
