"""Step: delete the local files of a deleted stack."""

from __future__ import annotations

import shutil

from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine
from portal.deploy.stack_record import forget, other_stacks
from portal.deploy.step import Step


class Forget(Step):
    """Delete the stack's local files. With the last stack, delete everything that ``up`` and ``build`` created here."""

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
