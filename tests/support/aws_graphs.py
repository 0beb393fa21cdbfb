"""Graphs of stacks on AWS, for the tests that judge them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.foundation import load_foundation
from portal.graph.model import Graph
from portal.graph.program import record_plan
from tests.support.aws_sample import recorded_sample
from tests.support.checkouts import copy_checkout, give_secrets, pretend_built
from tests.support.graphs import graph_of

STACKS = Path(__file__).parent / "aws"


@cache
def recorded_file(file: Path, *, preview: bool) -> Graph:
    """The graph of the stack with this file, in a checkout of the tests that has secrets and images."""
    stack = file.stem
    with TemporaryDirectory() as folder:
        checkout = copy_checkout(Path(folder) / "checkout")
        checkout.stack_file(stack).write_text(file.read_text())
        foundation = load_foundation(checkout, stack)
        if foundation is not None:
            return record_plan(checkout, foundation, preview=preview)
        give_secrets(checkout, stack)
        pretend_built(checkout)
        return graph_of(checkout, stack, preview=preview)


NAMES = (*sorted(file.stem for file in STACKS.glob("*.yaml")), "sample")


def aws_graphs(*, preview: bool, names: Iterable[str] = NAMES) -> Mapping[str, Graph]:
    """The graph of each stack, by name: as a preview has it, or with everything known, as after a deployment."""
    return {
        name: recorded_sample(preview=preview)
        if name == "sample"
        else recorded_file(STACKS / f"{name}.yaml", preview=preview)
        for name in names
    }
