"""Which engine makes a local stack real."""

from __future__ import annotations

from portal.deploy.choose_engine import choose_engine
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class ChooseEngine(Step):
    """Gives the engine that was named, or that of the last ``up``, or the first that can be had."""

    name = "choose-engine"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.give(choose_engine(deployment))
