"""Step: find out whether there is anything to do."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine
from portal.deploy.step import Step


class Compare(Step):
    """Gives an empty ``Changes`` if neither input nor cluster changed. The steps up to ``deploy`` then do nothing."""

    name = "compare"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        changes = deployment.get(DeployEngine).settled(deployment)
        if changes is not None:
            deployment.give(changes)
