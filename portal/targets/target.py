"""What a target is: the answers that the rest of the program needs and must not guess from a name."""

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
    """Where a stack runs, and what follows from it.

    ``team``: state, secrets and data are the team's; else the stack is this machine's, to make and to throw away.
    ``private_node_port``: a port that a node opens is seen by this machine alone. ``loads_images``: the cluster can be
    given images that no registry has. ``summary`` is one sentence for the reference.
    """

    name: str
    summary: str
    team: bool
    private_node_port: bool = False
    loads_images: bool = False

    def check(self, settings: StackSettings, where: Where) -> Iterator[InputError]:
        """What this target asks of its stacks' settings. ``where`` gives the place of a key in the stack's file."""
        yield from ()

    def cluster(self, settings: StackSettings) -> Cluster | None:
        """The cluster that the settings name; None where ``portal up`` chooses, or only the program knows."""
        return settings.cluster
