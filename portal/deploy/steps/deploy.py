"""Step: deploy the stack."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes, DeployEngine
from portal.deploy.step import Step


class Deploy(Step):
    """Deploy with the engine, unless there is nothing to do. Gives the changes, if the engine returns them."""

    name = "deploy"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        if deployment.find(Changes) is not None:
            return
        changes = deployment.get(DeployEngine).deploy(deployment)
        if changes is not None:
            deployment.give(changes)
