"""Step: require that the stack exists in the team's backend."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.pulumi_engine import TeamPulumi
from portal.deploy.step import Step


class RequireStack(Step):
    """Fail if the backend does not have the stack: whoever creates it chooses its secrets provider.

    ``make``: a stack that was made like another one is created. `portal expire` removes it again.
    """

    name = "require-stack"

    def __init__(self, *, make: bool = False) -> None:
        self._make = make

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        cli = deployment.get(TeamPulumi).cli
        if self._make and deployment.plan.settings.like is not None:
            cli.make_stack()
        else:
            cli.require_stack()
