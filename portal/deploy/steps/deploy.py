"""The step that everything before it is for."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes, DeployEngine
from portal.deploy.step import Step


class Deploy(Step):
    """Let the engine make the stack real, unless there is nothing to do. Gives what changed, if the engine says it."""

    name = "deploy"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        if deployment.find(Changes) is not None:
            return
        changes = deployment.get(DeployEngine).deploy(deployment)
        if changes is not None:
            deployment.give(changes)
