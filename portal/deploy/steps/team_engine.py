"""The engine of every team stack."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.pulumi_engine import TeamPulumi
from portal.deploy.step import Step


class TeamEngine(Step):
    """Gives Pulumi's engine with the user's own backend: its state is what the next person goes on from."""

    name = "team-engine"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.give(TeamPulumi.obtain(deployment))
