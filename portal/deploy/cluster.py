"""What ``portal up`` needs of a cluster on this machine, whichever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from portal.base.progress import Progress
from portal.base.yaml_document import Value
from portal.kubernetes.kubectl import Kubectl
from portal.models.cluster import Cluster
from portal.release.images import Images


@dataclass(frozen=True)
class RunningCluster:
    """A cluster that answers. ``settings`` are what the stack's file has to say of it."""

    kubectl: Kubectl
    settings: Mapping[str, Value]


class LocalCluster(ABC):
    """A cluster that ``portal up`` uses for a local stack. What one of them does not need, it inherits: nothing.

    ``id`` is its name on the command line and in a stack's record. ``ours``: this checkout made it, and may delete it
    with everything in it.
    """

    id: ClassVar[str]
    ours: ClassVar[bool] = True

    @property
    def named(self) -> Cluster | None:
        """The context that somebody named; None for a cluster that we make."""
        return None

    def prepare(self, progress: Progress) -> None:  # noqa: B027 - most need nothing
        """Install what building images and starting the cluster both need. Quick where it is there."""

    @abstractmethod
    def start(self, progress: Progress) -> RunningCluster:
        """Start it where it is down, and wait until it answers."""

    @abstractmethod
    def load(self, images: Images, progress: Progress) -> None:
        """Give it the images that no registry has."""

    def open(self, namespace: str, service: str) -> None:  # noqa: B027 - most publish the port by themselves
        """Make the portal's address reach its Service."""

    def close(self) -> None:  # noqa: B027 - most have nothing open
        """Undo ``open``."""

    @abstractmethod
    def stop(self, progress: Progress) -> None:
        """Stop it; data stays. For a cluster that is not ours: take the portal out of it, but not its data."""

    @abstractmethod
    def delete(self, progress: Progress) -> None:
        """Stop it and delete everything of ours."""

    @abstractmethod
    def running(self) -> bool:
        """Whether it runs, as far as that is ours to say."""

    @abstractmethod
    def kubectl(self) -> Kubectl:
        """How it is talked to, whether it runs or not."""
