"""The interface of an engine, which deploys a stack's graph. No other code may compare engine names."""

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
        """Whether nothing changed."""
        return not (self.created or self.changed or self.deleted)


class AcceptedBefore:
    """The same input was deployed to the same cluster before, so nobody has to look at the graph again."""


class DeployEngine(ABC):
    """An engine for one stack.

    ``name`` is used on the command line and in a stack's record. ``replaces``: it replaces an object that cannot be
    changed in place. ``remark`` is shown to the user after a deployment.
    """

    name: ClassVar[str]
    replaces: ClassVar[bool]
    remark: ClassVar[str | None] = None

    def settled(self, deployment: Deployment) -> Changes | None:
        """An empty ``Changes`` if there is surely nothing to do; None if the program has to run to find out."""
        return None

    def accepted_before(self, deployment: Deployment) -> bool:
        """Whether nothing has to be looked at before the engine reads the program itself. See ``AcceptedBefore``."""
        return False

    def look(self, deployment: Deployment) -> None:  # noqa: B027 - one with a state knows
        """Read the stack's objects from the cluster. Runs while the program is recorded."""

    @abstractmethod
    def deploy(self, deployment: Deployment) -> Changes | None:
        """Deploy the stack and wait until everything runs. None if the engine prints the changes itself."""

    def remove(self) -> None:  # noqa: B027 - one without a state has nothing to take back
        """Remove everything that is not protected from the cluster and from the engine's state."""

    def forget(self) -> None:  # noqa: B027 - likewise
        """Drop the state of a stack whose cluster is gone."""


class LocalEngine(DeployEngine):
    """An engine that a local stack can choose."""

    @classmethod
    @abstractmethod
    def obtain(cls, deployment: Deployment) -> LocalEngine:
        """The engine, ready for use. EngineUnavailableError if it is not available on this machine."""

    @classmethod
    @abstractmethod
    def recall(cls, deployment: Deployment) -> LocalEngine | None:
        """The engine of an earlier ``up``, for ``down``. None if it is no longer installed. Downloads nothing."""


class EngineUnavailableError(SituationError):
    """The engine is not available on this machine. ``short`` is the reason alone, for when another engine is used."""

    def __init__(self, short: str, what: str, fix: str) -> None:
        super().__init__(what, fix)
        self.short = short
