"""Step: reject command-line options that a team stack does not allow."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import SituationError, raise_first
from portal.deploy.deployment import Deployment
from portal.deploy.pulumi_engine import TeamPulumi
from portal.deploy.step import Step


class RefuseChoices(Step):
    """Reject choices on the command line: they must be in the team stack's file, so that the next ``up`` knows them."""

    name = "refuse-choices"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        raise_first(_refusals(deployment))


def _refusals(deployment: Deployment) -> Iterator[SituationError]:
    options, stack = deployment.options, deployment.plan.stack
    in_file = f"write `portal:cluster: {{context: ...}}` into stacks/Pulumi.{stack}.yaml instead"
    if options.engine not in {None, TeamPulumi.name}:
        yield SituationError(
            f"{stack} is a team stack, and its team needs the state of {TeamPulumi.name}", "leave --engine out"
        )
    for option, given, instead in (
        ("--context", options.context, in_file),
        ("--cluster", options.cluster, in_file),
        ("--builder", options.builder, "run `portal build --push` first, and pin the release that it prints"),
    ):
        if given is not None:
            yield SituationError(f"{option} is for local stacks, and {stack} is a team stack", instead)
