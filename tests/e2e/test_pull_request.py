"""A portal for a pull request: made like the first one, beside it, and gone when it has ended."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from portal.base.process import output
from portal.probe.smoke import fetch
from tests.e2e.conftest import URL, Workplace, await_that

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]

STACK, NAMESPACE = "pr-1", "portal-pr-1"
OVER = "2026-01-01T00:00:00Z"


def test_it_is_made_and_ends(workplace: Workplace, measure: Measure) -> None:
    """What its namespace says counts too: somebody with another copy of the file may have moved the end."""
    workplace.require(cluster="node", why="its data is looked for on the node's disk")
    workplace.up()
    first = workplace.pods()
    file = workplace.checkout.stack_file(STACK)
    up = ("up", "--stack", STACK, *workplace.choice.words("engine", "cluster", "builder"))
    ended = workplace.portal(*up, "--like", "local", "--ttl", "1h")
    measure("up: a portal for a pull request", ended.seconds)
    (address,) = re.findall(r"portal:url: (\S+)", file.read_text())
    assert address != URL
    assert fetch(f"{address}/.backstage/health/v1/readiness").status == 200
    listed = workplace.portal("environments", "--owner", "group:default/platform", "--json").answer
    assert any(one["stack"] == STACK for one in listed["environments"])
    try:
        assert _expired(workplace)["ended"] is False
        file.write_text(re.sub(r"(portal:expires: ).*", rf"\1'{OVER}'", file.read_text()))
        assert _expired(workplace) | {"ended": False, "removed": False} == _expired(workplace), (
            "the namespace's is later"
        )
        assert file.is_file()
        annotate = ("annotate", "namespace", NAMESPACE, f"portal/expires={OVER}", "--overwrite")
        output(workplace.kubectl.command(*annotate))
        gone = _expired(workplace)
    finally:
        if file.exists():
            workplace.portal("down", "--stack", STACK, "--delete-data")
            file.unlink()
    assert (gone["ended"], gone["removed"]) == (True, True)
    assert fetch(address, timeout=1).status is None
    await_that(lambda: not _namespaces(workplace), "its namespace has to be gone")
    assert workplace.pods() == first
    assert fetch(f"{URL}/.backstage/health/v1/readiness").status == 200


def _expired(workplace: Workplace) -> dict[str, object]:
    """What `portal expire` says of the stack, and does."""
    (one,) = workplace.portal("expire", "--stack", STACK, "--json").answer["stacks"]
    return one


def _namespaces(workplace: Workplace) -> list[object]:
    return workplace.kubectl.read("namespaces", f"--field-selector=metadata.name={NAMESPACE}")["items"]
