"""What the checkout keeps of a stack that is gone."""

from __future__ import annotations

import shutil

from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine
from portal.deploy.stack_record import forget, other_stacks
from portal.deploy.step import Step


class Forget(Step):
    """Delete what is kept of the stack; with the last stack, everything that ``up`` and ``build`` made here."""

    name = "forget"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        checkout, stack = deployment.checkout, deployment.plan.stack
        if not other_stacks(checkout, stack):
            shutil.rmtree(checkout.state, ignore_errors=True)
            return
        engine = deployment.find(DeployEngine)
        if engine is not None:
            engine.forget()
        forget(checkout, stack)
