"""Graphs of stacks on AWS, for the tests that judge them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.graph.model import Graph
from tests.support.aws_sample import recorded_sample
from tests.support.checkouts import copy_checkout, give_secrets, pretend_built
from tests.support.graphs import graph_of

STACKS = Path(__file__).parent / "aws"


@cache
def recorded_file(file: Path, *, preview: bool) -> Graph:
    """The graph of the stack ``prod`` with this file, in a checkout of the tests that has secrets and images."""
    with TemporaryDirectory() as folder:
        checkout = copy_checkout(Path(folder) / "checkout")
        checkout.stack_file("prod").write_text(file.read_text())
        give_secrets(checkout, "prod")
        pretend_built(checkout)
        return graph_of(checkout, "prod", preview=preview)


def aws_graphs(*, preview: bool) -> Mapping[str, Graph]:
    """The graph of each stack, by name: as a preview has it, or with everything known, as after a deployment."""
    stacks = {file.stem: recorded_file(file, preview=preview) for file in sorted(STACKS.glob("*.yaml"))}
    return {**stacks, "sample": recorded_sample(preview=preview)}
