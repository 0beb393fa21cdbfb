"""kind keeps one cluster of a name: only the checkout that made it may use, stop or delete it."""

from __future__ import annotations

from pathlib import Path

import pytest

import portal.deploy.kind_cluster
from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.progress import PlainProgress
from portal.deploy.kind_cluster import KindCluster

# A container engine that has the node, and whose containerd answers the third time that it is asked.
ENGINE = """#!/bin/sh
echo "docker $*" >> "$(dirname "$0")/../calls"
case "$1" in
  ps) echo portal-control-plane ;;
  exec) test "$(grep -c exec "$(dirname "$0")/../calls")" -ge 3 ;;
esac
"""
OTHER = """#!/bin/sh
echo "$(basename "$0") $*" >> "$(dirname "$0")/../calls"
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What was called: docker, kind and kubectl are scripts."""
    programs, calls = tmp_path / "bin", tmp_path / "calls"
    programs.mkdir()
    for name, text in (("docker", ENGINE), ("kind", OTHER), ("kubectl", OTHER)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    calls.touch()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(portal.deploy.kind_cluster, "POLL_SECONDS", 0)
    return calls


def test_a_cluster_of_another_checkout_is_neither_used_nor_deleted(checkout: Checkout, calls: Path) -> None:
    kind, progress = KindCluster(checkout, 7007, "docker"), PlainProgress()
    with pytest.raises(InputError, match="a cluster portal, which this checkout did not create"):
        kind.start(progress)
    kind.stop(progress)
    kind.delete(progress)
    assert not kind.running()
    assert not any(word in calls.read_text() for word in ("start", "stop", "delete", "create"))


def test_a_node_that_has_just_started_is_waited_for(checkout: Checkout, calls: Path) -> None:
    file = checkout.own_kubeconfig
    file.parent.mkdir(parents=True)
    file.touch()
    kind = KindCluster(checkout, 7007, "docker")
    kind.start(PlainProgress())
    said = calls.read_text().splitlines()
    assert len([line for line in said if "ctr version" in line]) == 3
    assert "/readyz" in said[-1]
    kind.delete(PlainProgress())
    assert "kind delete cluster --name portal" in calls.read_text()
