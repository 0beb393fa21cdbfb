"""Step: find the engine that deployed a local stack."""

from __future__ import annotations

from portal.deploy.choose_engine import recorded_engine
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class RecallEngine(Step):
    """Gives the engine of the last ``up``. Gives nothing if there was none, or if it is no longer available."""

    name = "recall-engine"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        engine = recorded_engine(deployment)
        if engine is not None:
            deployment.give(engine)
