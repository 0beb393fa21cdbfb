"""The disk of the database is full: nothing is lost, and once there is room again, nobody has to do anything."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from portal.base.errors import PortalError
from portal.base.process import output
from portal.node.layout import INSIDE, NodeLayout
from portal.node.lifecycle import Node
from portal.probe.smoke import fetch
from tests.e2e.another_stack import another_stack
from tests.e2e.conftest import Workplace, await_that
from tests.e2e.database_pod import query

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]

STACK, URL = "full", "http://localhost:7019"
CLASS = "small"
# A new portal has 100 MB, and PostgreSQL's journal some more.
MEGABYTES = 400
DISK = INSIDE / "small-disk"
CONTENT = "SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM \"user-settings\".user_settings t"


@contextmanager
def small_disk(workplace: Workplace) -> Generator[Node]:
    """A disk of the node's own that is full soon, for whichever claim asks for its class. The machine's own is left."""
    node = Node(NodeLayout(workplace.checkout.node))
    output(node.inside("mkdir", "-p", DISK))
    options = f"size={MEGABYTES}m,mode=0777"
    output(node.inside("mount", "--types", "tmpfs", "--options", options, "small-disk", DISK))
    volume: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": CLASS},
        "spec": {
            "capacity": {"storage": "5Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": CLASS,
            "hostPath": {"path": str(DISK)},
            "persistentVolumeReclaimPolicy": "Retain",
        },
    }
    kind: dict[str, Any] = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": CLASS},
        "provisioner": "kubernetes.io/no-provisioner",
    }
    objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": [kind, volume]})
    output(workplace.kubectl.command("apply", "--filename=-"), stdin=objects)
    try:
        yield node
    finally:
        output(workplace.kubectl.command("delete", "--filename=-", "--wait=false"), stdin=objects)
        output(node.inside("umount", "--lazy", DISK))
        output(node.inside("rmdir", DISK))


@pytest.mark.variation
def test_a_full_disk_loses_nothing_and_heals_by_itself(workplace: Workplace, measure: Measure) -> None:
    workplace.require(cluster="node", why="a small disk is mounted into it")
    settings = {"namespace": STACK, "database": {"storageClass": CLASS, "storage": "5Gi", "keep": False}}
    with small_disk(workplace) as node, another_stack(workplace, STACK, URL, settings):
        workplace.portal("up", "--stack", STACK)
        row = "('user:default/acme', 'acme', 'color', '\"blue\"')"
        _ask(workplace, f'INSERT INTO "user-settings".user_settings VALUES {row}')
        before = _ask(workplace, CONTENT)
        filler = DISK / "filler"
        # It ends with an error when there is no room left.
        with pytest.raises(PortalError, match="No space left"):
            output(node.inside("dd", "if=/dev/zero", f"of={filler}", "bs=1M"))
        with pytest.raises(PortalError, match=r"No space left on device|terminat|closed|refused|not found|not running"):
            _ask(workplace, "CREATE TABLE filler AS SELECT repeat(md5(n::text), 100) FROM generate_series(1, 100000) n")
        assert "No space left on device" in workplace.portal("logs", "--stack", STACK, "--database").said
        output(node.inside("rm", filler))
        room = time.monotonic()
        await_that(lambda: _well(workplace), "the portal has to work again", 180)
        measure("disk full: room again, every plugin well again", time.monotonic() - room)
        assert _ask(workplace, CONTENT) == before
        _ask(workplace, f'INSERT INTO "user-settings".user_settings VALUES {row.replace("color", "size")}')
        assert _ask(workplace, CONTENT) != before
    assert fetch(URL, timeout=1).status is None


def _ask(workplace: Workplace, statement: str) -> list[str]:
    return query(workplace.kubectl, statement, STACK)


def _well(workplace: Workplace) -> bool:
    status = json.loads(workplace.portal("status", "--stack", STACK, "--json").said)
    return status["answers"] and not any(plugin["state"] in {"unhealthy", "unknown"} for plugin in status["plugins"])
