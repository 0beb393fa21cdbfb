"""What ``portal graph --critical-path --json`` answers with."""

from __future__ import annotations

from portal.base.creation_time import Basis
from portal.command.json_answers import JsonAnswer
from portal.graph.critical_path import Chain, CriticalPath


class StepAnswer(JsonAnswer):
    """One resource of a chain."""

    name: str
    """Its name in the program."""

    type: str
    """Its type: `aws:rds/instance:Instance`."""

    begins: int
    """When it begins: the seconds from the start of the deployment."""

    seconds: int
    """How long it is assumed to take."""

    basis: Basis
    """`published`: somebody measured it. `measured`: we did, on a local node. `assumed`: nobody did."""

    source: str
    """Where the time is from, and what is said there."""


class ChainAnswer(JsonAnswer):
    """Resources that wait for each other."""

    seconds: int
    """How long they take together."""

    steps: tuple[StepAnswer, ...]
    """The resources, the first one first."""


class CriticalPathAnswer(JsonAnswer):
    """`portal graph --critical-path --json`. All times are assumptions about a stack that is created from nothing."""

    stack: str
    """The stack."""

    longest: ChainAnswer
    """The chain that decides how long the stack takes."""

    independent: ChainAnswer
    """The longest chain that waits for nothing on the first one: the stack takes at least as long, however short that
    one gets. It has no steps if there is none."""


def critical_path_answer(stack: str, found: CriticalPath) -> CriticalPathAnswer:
    """The chains of a stack as an answer."""
    return CriticalPathAnswer(stack=stack, longest=_chain(found.longest), independent=_chain(found.independent))


def _chain(chain: Chain) -> ChainAnswer:
    steps = (
        StepAnswer(
            name=step.resource.name,
            type=step.resource.type,
            begins=step.begins,
            seconds=step.time.seconds,
            basis=step.time.basis,
            source=step.time.source,
        )
        for step in chain.steps
    )
    return ChainAnswer(seconds=chain.seconds, steps=tuple(steps))
