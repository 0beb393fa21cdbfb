"""Whether there is anything to do at all."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine
from portal.deploy.step import Step


class Compare(Step):
    """Gives changes that are none, where neither input nor cluster changed: the steps up to ``deploy`` rest then."""

    name = "compare"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        changes = deployment.get(DeployEngine).settled(deployment)
        if changes is not None:
            deployment.give(changes)
