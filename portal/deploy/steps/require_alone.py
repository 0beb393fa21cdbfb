"""Step: check that no other stack is in a cluster that is about to be deleted."""

from __future__ import annotations

from portal.base.errors import SituationError
from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.stack_record import other_stacks
from portal.deploy.step import Step


class RequireAlone(Step):
    """Our own cluster is deleted as a whole. Fail if another stack of this checkout may be in it."""

    name = "require-alone"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        stack = deployment.plan.stack
        others = other_stacks(deployment.checkout, stack)
        if others and deployment.get(LocalCluster).ours:
            raise SituationError(
                f"`--delete-data` deletes the whole cluster, and this checkout has other stacks: {', '.join(others)}",
                f"run `portal down --delete-data --stack {others[0]}` first",
            )
