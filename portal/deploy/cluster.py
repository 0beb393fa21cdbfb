"""What ``portal up`` needs of a cluster on this machine, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from portal.base.progress import Progress
from portal.base.yaml_document import Value
from portal.kubernetes.kubectl import Kubectl
from portal.release.images import Images


@dataclass(frozen=True)
class RunningCluster:
    """A cluster that answers. ``settings`` are what the stack's file has to say of it."""

    kubectl: Kubectl
    settings: Mapping[str, Value]


class LocalCluster(Protocol):
    """A cluster that ``portal up`` uses for a stack of this machine."""

    @property
    def kind(self) -> str:
        """What it is called on the command line and in the decisions of ``up``."""
        ...

    def prepare(self, progress: Progress) -> None:
        """Install what building images and starting the cluster both need. Quick where it is there."""

    def start(self, progress: Progress) -> RunningCluster:
        """Start it where it is down, and wait until it answers."""
        ...

    def load(self, images: Images, progress: Progress) -> None:
        """Give it the images that no registry has."""

    def open(self, namespace: str, service: str) -> None:
        """Make the portal's address reach its Service; a no-op where the cluster does so by itself."""

    def stop(self, progress: Progress) -> None:
        """Stop it; data stays. For a cluster that is not ours: take the portal out of it, but not its data."""

    def delete(self, progress: Progress) -> None:
        """Stop it and delete everything of ours."""

    def running(self) -> bool:
        """Whether it runs, as far as that is ours to say."""
        ...

    def kubectl(self) -> Kubectl:
        """How it is talked to, whether it runs or not."""
        ...


def own_kubeconfig(state: Path) -> Path:
    """The kubeconfig of a cluster that we made."""
    return state / "cluster" / "kubeconfig"
