"""What a step of a deployment is, and how several of them run side by side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from portal.deploy.deployment import Deployment


class Step(ABC):
    """One step. It takes what earlier steps gave to the deployment, does its work, and gives what it made.

    ``name`` stands in the answer for machines, and in the places of hooks (``before-<name>``). ``title`` is what
    progress calls it; None for one that takes no time, or that reports its work in pieces of its own.
    """

    name: str
    title: str | None = None

    @abstractmethod
    def run(self, deployment: Deployment) -> None:
        """Do it. An exception ends the deployment."""


@dataclass(frozen=True, init=False)
class Together:
    """Steps that run at the same time. None of them takes what another one gives."""

    steps: tuple[Step, ...]

    def __init__(self, *steps: Step) -> None:
        object.__setattr__(self, "steps", steps)


Steps = tuple[Step | Together, ...]
