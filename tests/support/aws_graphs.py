"""Graphs of stacks on AWS, for the tests that judge them."""

from __future__ import annotations

from collections.abc import Mapping

from portal.graph.model import Graph
from tests.support.aws_sample import recorded_sample


def aws_graphs(*, preview: bool) -> Mapping[str, Graph]:
    """The graph of each stack, by name: as a preview has it, or with everything known, as after a deployment."""
    return {"sample": recorded_sample(preview=preview)}
