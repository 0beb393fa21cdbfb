"""Logs of several pods in one, and a kubectl that ends with us."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.log_streams import LogSource, follow, read_once
from portal.kubernetes.pods import Pod

SCRIPT = """#!/bin/sh
for word; do case $word in pod-*) pod=$word;; --follow) follow=yes;; esac; done
echo "2026-11-22T22:46:0${pod#pod-}.0Z first of $pod"
echo "2026-11-22T22:47:0${pod#pod-}.0Z last of $pod"
test -z "$follow" || { echo $$ > "$PIDS/$pod"; exec sleep 60; }
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LogSource:
    program = tmp_path / "kubectl"
    program.write_text(SCRIPT)
    program.chmod(0o755)
    monkeypatch.setenv("PIDS", str(tmp_path))
    return LogSource(Kubectl(program, "c", None, tmp_path), "portal")


def pod(number: int) -> Pod:
    return Pod(f"pod-{number}", "backstage", "Running", True, 0, None, "", None, None, "backstage", f"id-{number}")


def test_the_lines_of_all_pods_come_in_the_order_of_time(source: LogSource) -> None:
    said = [line.message for line in read_once(source, [pod(2), pod(1)])]
    assert said == ["first of pod-1", "first of pod-2", "last of pod-1", "last of pod-2"]


def test_a_pod_that_comes_later_is_followed_too_and_all_end_with_us(source: LogSource, tmp_path: Path) -> None:
    looks = iter([[pod(1)], [pod(1), pod(2)]])
    lines = follow(source, lambda: next(looks, [pod(1), pod(2)]), None)
    said = {next(lines).message for _ in range(4)}
    assert "last of pod-2" in said
    deadline = time.monotonic() + 5
    while len(processes := [int(text) for file in tmp_path.glob("pod-*") if (text := file.read_text())]) < 2:
        assert time.monotonic() < deadline
    lines.close()
    assert not [process for process in processes if _runs(process)]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
