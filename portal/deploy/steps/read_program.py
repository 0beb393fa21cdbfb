"""Step: record the Pulumi program."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.engine import AcceptedBefore
from portal.deploy.step import Step
from portal.graph.accepted import require_accepted
from portal.plan import Plan, handed_to_the_program
from portal.release.images import Images
from portal.stackfile.generated import opened_configuration


class ReadProgram(Step):
    """Gives the stack's graph with its secrets, in memory only."""

    name = "read-program"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        if deployment.find(AcceptedBefore) is not None:
            return
        from portal.graph.program import record_stack  # noqa: PLC0415 - Pulumi's SDK takes a second to import

        checkout, stack = deployment.checkout, deployment.plan.stack
        with deployment.progress.phase("Read the program"):
            config, secret_keys = opened_configuration(checkout, stack)
            with handed_to_the_program(deployment.get(Plan).deployed_with(config, secret_keys, deployment.get(Images))):
                graph = record_stack(checkout, stack, config, secret_keys, preview=False, reveal=True)
        deployment.give(require_accepted(graph))
