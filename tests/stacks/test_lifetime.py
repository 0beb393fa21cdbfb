"""An end is on the namespace and nowhere else: a machine without the file finds it, and moving it rolls nothing."""

from __future__ import annotations

from typing import Any

from portal.base.checkout import Checkout
from tests.support.graphs import graph_of

ENDS = """\
  portal:like: dev
  portal:ttl: 3d
  portal:expires: '2026-12-01T13:00:00Z'
  portal:database: {keep: false}
"""


def objects(checkout: Checkout, more: str) -> dict[str, Any]:
    file = checkout.stack_file("pr-123")
    file.write_text(checkout.stack_file("local").read_text() + more)
    graph = graph_of(checkout, "pr-123")
    return {resource.urn: resource.inputs for resource in graph}


def test_the_namespace_says_when_the_stack_ends(checkout: Checkout) -> None:
    found = objects(checkout, ENDS)
    (metadata,) = [inputs["metadata"] for urn, inputs in found.items() if urn.endswith("portal-namespace")]
    assert metadata["annotations"]["portal/expires"] == "2026-12-01T13:00:00Z"
    assert metadata["labels"]["portal/like"] == "dev"
    assert [urn for urn, inputs in found.items() if "portal/like" in str(inputs)] == [
        urn for urn in found if urn.endswith("portal-namespace")
    ]


def test_an_end_that_moves_changes_the_namespace_alone(checkout: Checkout) -> None:
    before = objects(checkout, ENDS)
    after = objects(checkout, ENDS.replace("12-01T13", "12-05T17").replace("3d", "4d"))
    assert before.keys() == after.keys()
    changed = [urn for urn in before if before[urn] != after[urn]]
    assert len(changed) == 1
    assert changed[0].endswith("portal-namespace")


def test_a_stack_that_stays_has_neither(checkout: Checkout) -> None:
    found = objects(checkout, "")
    assert "portal/expires" not in str(found)
    assert "portal/like" not in str(found)
