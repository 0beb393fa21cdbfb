"""Step: require that the stack exists in the team's backend."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.pulumi_engine import TeamPulumi
from portal.deploy.step import Step


class RequireStack(Step):
    """Fail if the backend does not have the stack: whoever creates it chooses its secrets provider."""

    name = "require-stack"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.get(TeamPulumi).cli.require_stack()
