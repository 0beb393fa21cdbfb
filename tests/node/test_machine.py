"""What the node borrows from the machine it gives back, and nothing of another checkout's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from portal.base.errors import InputError
from portal.base.lock import HeldError, held
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
    monkeypatch.setattr(lifecycle, "MACHINE_LOCK", tmp_path / "lock" / "lock")
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


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "7", "started": null}', '{"pid": 1, "started": "5"}'])
def test_a_damaged_record_of_the_process_is_a_sentence(content: str, tmp_path: Path) -> None:
    broken = node(tmp_path)
    broken.layout.process_file.write_text(content)
    for ask in (broken.running, broken.stop, broken.delete):
        with pytest.raises(InputError, match=r"process\.json: The file is damaged: .* and delete"):
            ask()
    assert broken.layout.root.is_dir()


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize("content", ["", "{", "[]", '{"vm/overcommit_memory": 1}'])
def test_damaged_kernel_settings_are_a_sentence(content: str, tmp_path: Path) -> None:
    stopped = node(tmp_path)
    stopped.layout.sysctl_file.write_text(content)
    with pytest.raises(InputError, match=r"The file is damaged: .* until the machine starts again"):
        stopped.stop()


@pytest.mark.usefixtures("groups")
def test_no_other_file_of_the_kernel_is_written(tmp_path: Path) -> None:
    """Whoever can write into `.portal/` must not write as root anywhere else."""
    stopped = node(tmp_path)
    (tmp_path / "elsewhere").write_text("as it was")
    stopped.layout.sysctl_file.write_text(json.dumps({"../elsewhere": "1", "vm/overcommit_memory": "5"}))
    stopped.stop()
    assert (tmp_path / "elsewhere").read_text() == "as it was"
    assert (tmp_path / "sys" / "vm" / "overcommit_memory").read_text() == "5"


@pytest.mark.usefixtures("groups")
def test_one_node_is_started_or_stopped_at_a_time(tmp_path: Path) -> None:
    with held(lifecycle.MACHINE_LOCK, "portal up"), pytest.raises(HeldError, match="runs on this machine"):
        node(tmp_path).stop()


@pytest.mark.parametrize("word", [b"", b"g", b"other"])
def test_a_node_whose_starter_was_killed_does_not_begin(word: bytes, tmp_path: Path) -> None:
    """It waits for the word that it is written down. Without it, nothing is mounted or made."""
    ended = subprocess.run(
        [sys.executable, "-m", "portal.node.boot", str(tmp_path)], input=word, capture_output=True, check=False
    )
    assert ended.returncode == 1
    assert b"before it could write down" in ended.stderr
    assert list(tmp_path.iterdir()) == []
