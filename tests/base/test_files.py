"""What is written is there whole or not at all, with the rights that it should have."""

from __future__ import annotations

import ast
import errno
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from portal.base.files import made_whole, write_whole
from tests.support.imports import sources
from tests.support.syntax import nodes_in


def fail(text: str) -> None:
    raise OSError(text)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_fails_half_way_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    write_whole(path, "before")

    def write() -> None:
        with made_whole(path) as partial:
            partial.write_text("half of")
            assert path.read_text() == "before"
            fail("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        write()
    assert path.read_text() == "before"
    assert names(tmp_path) == ["settings"]


def test_a_folder_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    folder = tmp_path / "tools"
    for name in ("first", "second"):
        with made_whole(folder) as partial:
            partial.mkdir()
            (partial / name).touch()
    assert names(folder) == ["second"]
    assert names(tmp_path) == ["tools"]


def test_a_folder_that_fails_half_way_is_removed(tmp_path: Path) -> None:
    def make() -> None:
        with made_whole(tmp_path / "tools") as partial:
            partial.mkdir()
            (partial / "half").touch()
            fail("no network")

    with pytest.raises(OSError, match="no network"):
        make()
    assert names(tmp_path) == []


def test_a_private_file_is_never_readable_for_others(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "passphrase"
    write_whole(path, "words", 0o600)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "stack"
    path.touch()
    path.chmod(0o640)
    write_whole(path, b"\x00\xff")
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_bytes() == b"\x00\xff"


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with room for names and none for content: it is full where the content has to be on it."""

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)


@pytest.mark.usefixtures("full_disk")
def test_on_a_full_disk_a_file_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    path.write_text("before")
    with pytest.raises(OSError, match="No space left on device; nothing was changed in this file") as caught:
        write_whole(path, "after")
    assert caught.value.filename == str(path)
    assert path.read_text() == "before"
    assert names(tmp_path) == ["settings"]


def test_the_file_behind_a_link_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    path, target = tmp_path / "stack", tmp_path / "elsewhere" / "stack"
    target.write_text("before")
    path.symlink_to(target)
    write_whole(path, "after")
    assert path.is_symlink()
    assert target.read_text() == "after"
    assert names(target.parent) == ["stack"]


def test_what_a_killed_process_left_goes_and_what_a_living_one_makes_stays(tmp_path: Path) -> None:
    gone, living, others = ".stack-4194399.partial", f".stack-{os.getppid()}.partial", ".stack-x-4194399.partial"
    for name in (gone, living, others):
        (tmp_path / name).write_text("half of")
    write_whole(tmp_path / "stack", "whole")
    assert names(tmp_path) == [living, others, "stack"]


# Writes two contents in turns, each longer than what is written at once, until it is killed.
WRITER = """
import sys
from pathlib import Path
from portal.base.files import write_whole
contents = ["a" * 300_000, "b" * 200_000]
print("begins", flush=True)
for turn in range(1_000_000):
    write_whole(Path(sys.argv[1]), contents[turn % 2], 0o600)
"""


def test_a_process_that_is_killed_while_it_writes_leaves_one_of_both(tmp_path: Path) -> None:
    path, seen, moments = tmp_path / "state", set[str](), random.Random(7)
    for _ in range(6):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moments.uniform(0.0, 0.03))
            process.kill()
        if path.exists():
            text = path.read_text()
            assert (len(text), {*text}) in [(300_000, {"a"}), (200_000, {"b"})]
            seen.add(text[0])
    assert seen
    write_whole(path, "in the end")
    assert names(tmp_path) == ["state"], "what the killed ones left is gone"


# Modules that write a file in place, and why that is right there: it is made again by whoever finds it missing or
# half done, or it is a log. Everything else goes through `write_whole`, which survives a kill and a full disk.
IN_PLACE = {
    "portal.base.files": "it is what the others use",
    "portal.base.lock": "nothing decides by its content",
    "portal.base.process": "a log",
    "portal.command.job_session": "a file of GitHub's, which each step appends to",
    "portal.command.verbs.preview": "a text for people, made again at the next call",
    "portal.deploy.forward": "a log",
    "portal.deploy.pulumi_cli": "in a temporary folder",
    "portal.deploy.pulumi_download": "in a folder that is made whole",
    "portal.graph.manifests": "rendered for people, and again at the next call",
    "portal.image.app": "in the build's folder, whose stamp is written last",
    "portal.image.base_images": "in the build's folder, and again at the next build",
    "portal.image.rootfs": "in the build's folder, and again at the next build",
    "portal.image.toolchain": "compared before each use",
    "portal.image.workspace": "compared before each use",
    "portal.node.authority": "its file `complete` is written last",
    "portal.node.boot": "a mount point",
    "portal.node.configuration": "written at each start",
    "portal.node.images": "in a temporary folder",
    "portal.node.lifecycle": "written at each start",
    "portal.node.machine": "a setting of the kernel",
}
WRITES = {"write_text", "write_bytes", "touch", "copyfile", "copy2"}


def writes_in_place(nodes: Iterable[ast.AST]) -> list[int]:
    """The lines where a file is written in place."""
    found: list[int] = []
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        words = [
            word.value for word in [*node.args, *(k.value for k in node.keywords)] if isinstance(word, ast.Constant)
        ]
        modes = [word for word in words if isinstance(word, str) and re.fullmatch(r"[wax]b?\+?|r\+b?", word)]
        if name in WRITES or (name == "open" and modes):
            found.append(node.lineno)
    return found


def test_a_file_is_written_whole_or_somebody_said_why_not() -> None:
    found = {name for name, path in sources().items() if writes_in_place(nodes_in(path))}
    assert {name for name in found if name.startswith(("portal.", "stacks.", "components."))} <= IN_PLACE.keys()


@pytest.mark.parametrize(
    "line", ['p.write_text("x")', 'open(p, "w")', 'p.open("ab")', "p.touch()", "shutil.copyfile(a, b)"]
)
def test_a_write_in_place_is_seen(line: str) -> None:
    assert writes_in_place(ast.walk(ast.parse(line))) == [1]
