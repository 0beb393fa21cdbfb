"""The one port of this machine that a cluster of ours publishes by itself, and the stack that it was made for.

It leads to the node port :data:`portal.contract.NODE_PORT`. There is one of each, so any other stack in the cluster,
and a stack whose port has changed meanwhile, is reached through a forwarded port instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.json_file import read_state, write_state
from portal.deploy.stack_record import recorded_stacks


@dataclass(frozen=True)
class Publication:
    """The published port, and the stack that has it."""

    port: int
    stack: str


def publication(checkout: Checkout, stack: str, port: int) -> Publication:
    """What the cluster publishes: as it was last started, else as it will be for this stack and its port.

    The port of a stack that is gone is free for the next one.
    """
    path = _file(checkout)
    name = checkout.relative(path)
    known = read_state(path, Publication, name, f"run `portal down`, delete {name}, and run `portal up`")
    if known is None:
        return Publication(port, stack)
    return known if known.stack in recorded_stacks(checkout) else Publication(known.port, stack)


def publication_of_a_start(checkout: Checkout, stack: str, port: int) -> Publication:
    """What a cluster that is about to start has to publish: for the stack that had it before, while there is one."""
    before = publication(checkout, stack, port)
    return before if before.stack != stack else Publication(port, stack)


def write_publication(checkout: Checkout, published: Publication) -> None:
    """Write it down. Deleted with the cluster."""
    write_state(_file(checkout), published)


def _file(checkout: Checkout) -> Path:
    return checkout.cluster / "publication.json"
