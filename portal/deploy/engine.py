"""What makes a stack's graph real: one class an engine. No engine's name is compared anywhere else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from portal.base.errors import SituationError
from portal.deploy.deployment import Deployment


@dataclass(frozen=True)
class Changes:
    """What an apply did, as ``kind/name`` without namespaces."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    unchanged: int

    @property
    def none(self) -> bool:
        """Whether everything was as it should be."""
        return not (self.created or self.changed or self.deleted)


class DeployEngine(ABC):
    """An engine for one stack.

    ``name`` stands on the command line and in a stack's record. ``replaces``: an object that cannot be changed in place
    is made anew. ``remark`` is what people are told after a deployment by it.
    """

    name: ClassVar[str]
    replaces: ClassVar[bool]
    remark: ClassVar[str | None] = None

    def settled(self, deployment: Deployment) -> Changes | None:
        """No changes, where it is certain without the program that there is nothing to do; None where it is not."""
        return None

    def look(self, deployment: Deployment) -> None:  # noqa: B027 - one with a state knows
        """Ask the cluster what it has of the stack, while the program is read."""

    @abstractmethod
    def deploy(self, deployment: Deployment) -> Changes | None:
        """Make the stack real and wait until everything runs; None where the engine gives its own account."""

    def remove(self) -> None:  # noqa: B027 - one without a state has nothing to take back
        """Take everything that is not protected out of the cluster, and out of the engine's state."""

    def forget(self) -> None:  # noqa: B027 - likewise
        """Drop the state of a stack whose cluster is gone."""


class LocalEngine(DeployEngine):
    """An engine that a local stack can choose."""

    @classmethod
    @abstractmethod
    def obtain(cls, deployment: Deployment) -> LocalEngine:
        """The engine, ready for use; EngineUnavailableError where it cannot be had on this machine."""

    @classmethod
    @abstractmethod
    def recall(cls, deployment: Deployment) -> LocalEngine | None:
        """The engine of an earlier ``up``, for ``down``; None where it is not here any more. Fetches nothing."""


class EngineUnavailableError(SituationError):
    """An engine that cannot be had on this machine. ``short`` is the reason alone, where another one is used."""

    def __init__(self, short: str, what: str, fix: str) -> None:
        super().__init__(what, fix)
        self.short = short
