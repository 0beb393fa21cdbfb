"""Step: get the engine of a team stack."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.pulumi_engine import TeamPulumi
from portal.deploy.step import Step


class TeamEngine(Step):
    """Gives Pulumi's engine with the user's own backend, whose state the next person continues from."""

    name = "team-engine"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.give(TeamPulumi.obtain(deployment))
