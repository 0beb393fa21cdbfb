"""The interface of a cluster that ``portal up`` can use for a local stack."""

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
    """A cluster that answers. ``settings`` is what to write about it into the stack file."""

    kubectl: Kubectl
    settings: Mapping[str, Value]


class LocalCluster(ABC):
    """A cluster that ``portal up`` uses for a local stack. Optional methods do nothing by default.

    ``id`` is its name on the command line and in a stack's record. ``ours`` means that this checkout created it and
    may delete it with everything in it.
    """

    id: ClassVar[str]
    ours: ClassVar[bool] = True

    @property
    def named(self) -> Cluster | None:
        """The context that the user named. None for a cluster that we create."""
        return None

    def prepare(self, progress: Progress) -> None:  # noqa: B027 - most need nothing
        """Install what both building images and starting the cluster need. Quick if it is already installed."""

    @abstractmethod
    def start(self, progress: Progress) -> RunningCluster:
        """Start it if it is stopped, and wait until it answers."""

    @abstractmethod
    def load(self, images: Images, progress: Progress) -> None:
        """Load the images that are in no registry."""

    def require_port(self) -> None:  # noqa: B027 - a cluster may be reached in other ways
        """Refuse an address whose port on this machine another program has. Asks only."""

    def open(self, namespace: str, service: str) -> None:  # noqa: B027 - a cluster may publish the port by itself
        """Make the portal's address reach its Service."""

    def close(self) -> None:  # noqa: B027 - most have nothing open
        """Undo ``open``."""

    @abstractmethod
    def stop(self, progress: Progress) -> None:
        """Stop it and keep the data. In a cluster that is not ours, remove the portal but keep its data."""

    @abstractmethod
    def delete(self, progress: Progress) -> None:
        """Stop it and delete everything that we created."""

    @abstractmethod
    def running(self) -> bool:
        """Whether it runs. A cluster that is not ours counts as running."""

    @abstractmethod
    def kubectl(self) -> Kubectl:
        """The kubectl for this cluster, whether it runs or not."""
