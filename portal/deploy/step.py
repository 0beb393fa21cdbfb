"""What a step of a deployment is, and how several of them run side by side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from portal.deploy.deployment import Deployment


class Step(ABC):
    """One step. It reads the results of earlier steps from the deployment, does its work, and stores its own result.

    ``name`` is used in the JSON output and in hooks (``before-<name>``). ``title`` is shown as progress. It is None for
    a step that is quick, or that reports its own progress.
    """

    name: str
    title: str | None = None

    @abstractmethod
    def run(self, deployment: Deployment) -> None:
        """Run the step. An exception ends the deployment."""


@dataclass(frozen=True, init=False)
class Together:
    """Steps that run at the same time. None of them uses another one's result."""

    steps: tuple[Step, ...]

    def __init__(self, *steps: Step) -> None:
        object.__setattr__(self, "steps", steps)


Steps = tuple[Step | Together, ...]
