"""What the command line may not say of a team stack."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, raise_first
from portal.deploy.deployment import Deployment
from portal.deploy.pulumi_engine import TeamPulumi
from portal.deploy.step import Step


class RefuseChoices(Step):
    """A team stack says everything itself: what one command line chose, the next would not know."""

    name = "refuse-choices"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        raise_first(list(_choices(deployment))[:1])


def _choices(deployment: Deployment) -> Iterator[InputError]:
    options, target = deployment.options, deployment.plan.settings.target
    file = f"stacks/Pulumi.{deployment.plan.stack}.yaml"
    if options.engine not in {None, TeamPulumi.name}:
        yield InputError(
            where="--engine",
            key="",
            got=f"{options.engine}, for a stack of the target {target}",
            allowed=f"{TeamPulumi.name}: others need its state",
            fix="leave --engine out",
        )
    for option, given, instead in (
        ("--context", options.context, f"write `portal:cluster: {{context: ...}}` into {file}"),
        ("--cluster", options.cluster, f"write `portal:cluster: {{context: ...}}` into {file}"),
        ("--builder", options.builder, "run `portal build --push` first, and pin the release that it prints"),
    ):
        if given is not None:
            yield InputError(
                where=option,
                key="",
                got=f'"{given}", for a stack of the target {target}',
                allowed="a stack of this machine",
                fix=instead,
            )
