"""What a target is: the facts that other code needs, and must not guess from a target's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.base.errors import InputError
from portal.base.yaml_document import KeyPath
from portal.models.cluster import Cluster
from portal.models.stack import StackSettings

Where = Callable[[KeyPath], str]


@dataclass(frozen=True)
class Target:
    """Where a stack runs, and what follows from that.

    ``team``: it is a team stack, whose state, secrets and data belong to the team; otherwise it is a local stack, which
    may be made and thrown away. ``loads_images``: images can be loaded into the cluster without a registry.
    ``summary`` is for the reference.
    """

    name: str
    summary: str
    team: bool
    loads_images: bool = False

    def check(self, settings: StackSettings, where: Where) -> Iterator[InputError]:
        """Errors in settings for this target. ``where`` gives the file and line of a key in the stack's file."""
        yield from ()

    def owns_cluster(self, settings: StackSettings) -> bool:
        """Whether the cluster is one that ``portal up`` made on this machine.

        Then nobody else has pods in it, and no other machine can reach a port that its node opens. Guests, and
        permissions for everybody, are for such a cluster only.
        """
        return False

    def cluster(self, settings: StackSettings) -> Cluster | None:
        """The cluster that the settings name; None if ``portal up`` chooses it, or only the program knows it."""
        return settings.cluster
