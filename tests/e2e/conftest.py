"""The checkout under test, as a person would use it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from portal.checkout import Checkout
from portal.clusters.kubectl import Kubectl
from portal.clusters.own_node import OwnNode
from tests.conftest import ROOT
from tests.e2e.browser import launch

MEASURED = ROOT / "bench.e2e.json"
URL = "http://localhost:7007"


@dataclass(frozen=True)
class Ended:
    """A command that ended: what it said, how long it took, and the longest silence on the way."""

    said: str
    seconds: float
    silence: float


@dataclass(frozen=True)
class Workplace:
    """A shell in the checkout."""

    checkout: Checkout

    def run(self, *words: str, expected: int = 0, given: str | None = None) -> Ended:
        """Run a command in the checkout; another exit code than expected fails with all that it said.

        ``given`` is what it reads from a pipe.
        """
        began = last = time.monotonic()
        silence = 0.0
        lines: list[str] = []
        with subprocess.Popen(
            words,
            cwd=self.checkout.root,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PATH": self._path},
            stdin=subprocess.PIPE if given is not None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            if process.stdin is not None:
                process.stdin.write(given or "")
                process.stdin.close()
            assert process.stdout is not None
            for line in process.stdout:
                now = time.monotonic()
                silence, last = max(silence, now - last), now
                lines.append(line)
                print(line, end="")
            code = process.wait()
        said = "".join(lines)
        assert code == expected, said
        return Ended(said, time.monotonic() - began, silence)

    def portal(self, *words: str, expected: int = 0, given: str | None = None) -> Ended:
        """Run the portal command."""
        return self.run(str(ROOT / ".venv" / "bin" / "portal"), *words, expected=expected, given=given)

    @property
    def kubectl(self) -> Kubectl:
        """The cluster, with its administrator's rights."""
        return OwnNode(self.checkout, 7007).kubectl()

    @property
    def _path(self) -> str:
        """The kubectl that was built goes first: a vendor's wrapper on the PATH may write into the home folder."""
        return f"{self.kubectl.program.parent}{os.pathsep}{os.environ['PATH']}"

    def pods(self) -> dict[str, str]:
        """The portal's living pods: UID by component."""
        found = self.kubectl.read("pods", "--namespace=portal")["items"]
        return {
            str(pod["metadata"]["labels"]["app.kubernetes.io/component"]): str(pod["metadata"]["uid"])
            for pod in found
            if "deletionTimestamp" not in pod["metadata"]
        }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Accounts are looked at while the first stack is up: before the story of test_portal takes it down."""
    guests = [item for item in items if item.path.stem == "test_accounts"]
    others = [item for item in items if item not in guests]
    ends = (index for index, item in enumerate(others) if item.name == "test_down_and_up_resume")
    place = next(ends, len(others))
    items[:] = [*others[:place], *guests, *others[place:]]


@pytest.fixture(scope="session")
def workplace() -> Workplace:
    return Workplace(Checkout(ROOT))


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """One process of the browser; each visit has a profile of its own."""
    with sync_playwright() as playwright, launch(playwright) as running:
        yield running


@pytest.fixture(scope="session")
def measure() -> Callable[[str, float], None]:
    """Write a number down for the table of docs/performance.md."""

    def write(name: str, value: float) -> None:
        known: dict[str, Any] = json.loads(MEASURED.read_text()) if MEASURED.is_file() else {}
        known[name] = round(value, 2)
        MEASURED.write_text(json.dumps(known, indent=1, sort_keys=True))
        print(f"measured: {name} = {value:.2f}")

    return write


def await_that(condition: Callable[[], bool], what: str, limit: float = 60) -> None:
    """Wait for a condition, looking often."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit} s: {what}"
        time.sleep(0.2)


def without_git_changes(root: Path) -> bool:
    """Whether a checkout is as it was committed."""
    ended = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True)
    return ended.stdout == ""
