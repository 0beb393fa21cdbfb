"""A Backstage that did not start ends; other rejections that nobody handles are Backstage's own matter."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from components.backstage.end_if_start_fails import END_IF_START_FAILS
from tests.components.node import NODE


@pytest.mark.parametrize(
    ("message", "code"),
    [("Backend startup failed due to the following errors: ...", 1), ("fetch failed", 0)],
)
def test_it_ends_where_the_start_failed_and_only_there(tmp_path: Path, message: str, code: int) -> None:
    module = tmp_path / "end.mjs"
    module.write_text(END_IF_START_FAILS)
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
