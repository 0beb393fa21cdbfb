"""What the node borrows from the machine it gives back, and nothing of another checkout's."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.node import lifecycle, machine
from portal.node.layout import CGROUP, NodeLayout
from portal.node.lifecycle import Node
from portal.node.machine import make_control_groups, remember_settings


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Control groups and kernel settings in plain folders."""
    root = tmp_path / "cgroup"
    root.mkdir()
    (root / "cgroup.controllers").touch()
    monkeypatch.setattr(machine, "_CGROUPS", root)
    settings = tmp_path / "sys"
    for name in machine.KERNEL_SETTINGS:
        (settings / name).parent.mkdir(parents=True, exist_ok=True)
        (settings / name).write_text("0\n")
    monkeypatch.setattr(machine, "_SYSCTL", settings)
    monkeypatch.setattr(lifecycle, "HOST_INTERFACE", "no-such-interface")
    make_control_groups()
    (root / CGROUP / "kubepods" / "besteffort").mkdir(parents=True)
    return root / CGROUP


def node(folder: Path) -> Node:
    layout = NodeLayout(folder / "node")
    layout.root.mkdir(parents=True)
    remember_settings(layout.sysctl_file)
    return Node(layout)


@pytest.mark.parametrize("end", ["stop", "delete"])
def test_down_in_one_checkout_leaves_the_node_of_another(
    end: str, groups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its control groups can be empty for a moment, and the kernel's settings are its own now."""
    stopped = node(tmp_path)
    monkeypatch.setattr(lifecycle, "_other_node_runs", lambda: True)
    (tmp_path / "sys" / "vm" / "overcommit_memory").write_text("1")
    getattr(stopped, end)()
    assert (groups / "kubepods" / "besteffort").is_dir()
    assert (tmp_path / "sys" / "vm" / "overcommit_memory").read_text() == "1"


@pytest.mark.parametrize("end", ["stop", "delete"])
def test_what_nobody_else_uses_is_given_back(
    end: str, groups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = node(tmp_path)
    monkeypatch.setattr(lifecycle, "_other_node_runs", lambda: False)
    (tmp_path / "sys" / "vm" / "overcommit_memory").write_text("1")
    getattr(stopped, end)()
    assert not groups.exists()
    assert (tmp_path / "sys" / "vm" / "overcommit_memory").read_text().strip() == "0"
