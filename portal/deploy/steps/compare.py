"""Step: find out whether there is anything to do."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.engine import AcceptedBefore, DeployEngine
from portal.deploy.step import Step


class Compare(Step):
    """Gives an empty ``Changes`` if neither input nor cluster changed. The steps up to ``deploy`` then do nothing.

    Gives ``AcceptedBefore`` if only ``deploy`` has to do something, and finds out by itself whether that is so.
    """

    name = "compare"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        engine = deployment.get(DeployEngine)
        changes = engine.settled(deployment)
        if changes is not None:
            deployment.give(changes)
        elif engine.accepted_before(deployment):
            deployment.give(AcceptedBefore())
