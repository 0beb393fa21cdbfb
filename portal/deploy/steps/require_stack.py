"""The stack in the team's backend."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.pulumi_engine import TeamPulumi
from portal.deploy.step import Step


class RequireStack(Step):
    """Refuse a stack that the backend does not have: who creates it chooses its secrets provider."""

    name = "require-stack"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.get(TeamPulumi).cli.require_stack()
