"""Step: find out whether there is anything to do."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.engine import AcceptedBefore, DeployEngine
from portal.deploy.step import Step


class Compare(Step):
    """Gives an empty ``Changes`` if neither input nor cluster changed: there is nothing to deploy.

    Gives ``AcceptedBefore`` if nobody has to look at the graph: then too, or if the engine finds out the rest itself.
    """

    name = "compare"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        engine = deployment.get(DeployEngine)
        changes = engine.settled(deployment)
        if changes is not None:
            deployment.give(changes)
        if changes is not None or engine.accepted_before(deployment):
            deployment.give(AcceptedBefore())
