"""The steps of a command, in its answer for machines."""

from __future__ import annotations

from collections.abc import Iterable

from portal.command.json_answers import JsonAnswer
from portal.deploy.run_steps import StepTime


class StepAnswer(JsonAnswer):
    """One step, or the commands of your own at one place (`before-deploy`)."""

    name: str
    """Its name."""

    seconds: float
    """How long it took. Steps that ran at the same time each have their own."""


def step_answers(steps: Iterable[StepTime]) -> tuple[StepAnswer, ...]:
    """The steps as they are shown."""
    return tuple(StepAnswer(name=step.name, seconds=round(step.seconds, 3)) for step in steps)
