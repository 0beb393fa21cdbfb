"""A Backstage that did not start ends; other rejections that nobody handles are Backstage's own matter."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from components.backstage.end_if_start_fails import END_IF_START_FAILS
from tests.components.node import NODE

pytestmark = pytest.mark.no_python


@pytest.mark.parametrize(
    ("message", "code"),
    [("Backend startup failed due to the following errors: ...", 1), ("fetch failed", 0)],
)
def test_it_ends_where_the_start_failed_and_only_there(tmp_path: Path, message: str, code: int) -> None:
    module = written(tmp_path)
    # Backstage listens for such rejections too, logs them and stays up.
    program = (
        "process.on('unhandledRejection', () => {});"
        f"Promise.reject(new Error({message!r})); setTimeout(() => process.exit(0), 500);"
    )
    ended = subprocess.run(
        [NODE, "--import", module.as_uri(), "--eval", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == code
    assert ("did not start" in ended.stdout) == bool(code)
    assert kept(tmp_path) == (message if code else "")


def test_the_message_of_an_error_that_ends_it_is_kept(tmp_path: Path) -> None:
    """A stack trace pushes it out of the last lines of the log."""
    command = [NODE, "--import", written(tmp_path).as_uri(), "--eval", "throw new Error('no such file')"]
    assert subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 1
    assert kept(tmp_path) == "no such file"


def written(folder: Path) -> Path:
    """The module, which keeps a message in this folder."""
    module = folder / "end.mjs"
    # As the kubelet does: it is there, and empty.
    (folder / "kept").touch()
    module.write_text(END_IF_START_FAILS.replace("/dev/termination-log", str(folder / "kept")))
    return module


def kept(folder: Path) -> str:
    return (folder / "kept").read_text() if (folder / "kept").is_file() else ""
