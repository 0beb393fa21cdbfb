"""A lock has one holder, who is named to everybody else, and goes with its process."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.base import lock
from portal.base.errors import PortalError
from portal.base.lock import HeldError, held, holder_of

# A process that holds a lock until it is told to end, or has started a program that outlives it.
HOLDER = """
import subprocess, sys
from pathlib import Path
from portal.base.lock import held
with held(Path(sys.argv[1]), "portal up", brief=sys.argv[2] == "brief"):
    if sys.argv[2] == "child":
        subprocess.Popen(["sleep", "30"], stdin=subprocess.DEVNULL, stdout=2, start_new_session=True)
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holder(path: Path, how: str = "long") -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".portal" / "lock"


def test_the_second_is_told_who_is_the_first(path: Path) -> None:
    with holder(path) as process:
        with pytest.raises(HeldError) as caught, held(path, "portal down"):
            pass
        sentence = str(caught.value)
        assert sentence.startswith(f"another `portal up` runs here (process {process.pid}, since ")
        assert sentence.endswith("). Wait for it, or end it.")
        found = holder_of(path)
        assert found is not None
        assert (found.command, found.pid) == ("portal up", process.pid)
    with held(path, "portal down"):
        pass


def test_it_goes_with_its_process_however_that_ends(path: Path) -> None:
    with holder(path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert path.is_file(), "it had no time to remove it"
        assert holder_of(path) is None
        with held(path, "portal down"):
            assert json.loads(path.read_text())["pid"] == os.getpid()


def test_what_the_holder_started_does_not_hold_it(path: Path) -> None:
    """The node outlives `portal up`."""
    with holder(path, "child") as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
        process.wait()
        try:
            with held(path, "portal down"):
                pass
        finally:
            for child in children:
                os.kill(int(child), signal.SIGKILL)
    assert len(children) == 1


def test_a_moment_is_waited_for(path: Path) -> None:
    with holder(path, "brief") as process:
        assert process.stdin is not None
        process.stdin.write("end\n")
        process.stdin.flush()
        with held(path, "portal secrets set", brief=True):
            assert process.wait() == 0


def test_a_moment_that_does_not_end_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "MOMENT_SECONDS", 0.1)
    with holder(path, "brief"), pytest.raises(HeldError, match="Wait for it, or end it"), held(path, "portal up"):
        pass


def test_nothing_is_left_behind(path: Path) -> None:
    with held(path, "portal up"):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
    assert not path.parent.exists()
    path.parent.mkdir()
    (path.parent / "stacks").mkdir()
    with held(path, "portal up"):
        pass
    assert [each.name for each in path.parent.iterdir()] == ["stacks"]


def test_a_file_that_was_removed_meanwhile_is_no_lock(path: Path) -> None:
    """`down --delete-data` removes the folder that the lock is in. What comes after has a lock of its own."""
    with held(path, "portal down"):
        path.unlink()
        with held(path, "portal up"):
            assert path.is_file()
        with held(path, "portal up"):
            pass
    assert not path.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"command": 1}', "\x00" * 9, '{"pid": 1e400}', "[" * 10_000])
def test_a_holder_without_a_name_is_still_one(path: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "NAME_SECONDS", 0.0)
    path.parent.mkdir()
    path.write_text(content)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(HeldError, match="another `portal` command runs here"), held(path, "portal up"):
            pass
        assert holder_of(path) is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.EROFS, "is on a read-only file system, and `portal up` writes there"),
        (errno.EACCES, "this user may not write"),
    ],
)
def test_a_folder_that_cannot_be_written_is_a_sentence(
    path: Path, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PortalError, match=said), held(path, "portal up"):
        pass


def test_a_file_system_without_locks_is_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (
        pytest.raises(PortalError, match=r"has no locks .* Move the checkout to a local disk"),
        held(path, "portal up"),
    ):
        pass


def test_a_link_to_a_disk_that_is_not_there_is_a_sentence(path: Path) -> None:
    path.parent.symlink_to("/nowhere/portal")
    with pytest.raises(PortalError, match="is a link to /nowhere/portal, which is not there"), held(path, "portal up"):
        pass


def test_a_holder_of_another_day_is_named_with_the_day() -> None:
    yesterday = lock.Holder("portal up", 7, time.time() - 3 * 86400)
    assert len(yesterday.process) == len("process 7, since 11-25 10:42")
