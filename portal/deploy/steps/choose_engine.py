"""Step: choose the engine of a local stack."""

from __future__ import annotations

from portal.deploy.choose_engine import choose_engine
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class ChooseEngine(Step):
    """Gives the named engine, else the one of the last ``up``, else the first that is available."""

    name = "choose-engine"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.give(choose_engine(deployment))
