"""A checkout with the portal of the tests, as a person would use it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from portal.base.checkout import Checkout
from portal.command.context import Context
from portal.command.recorded import recorded
from portal.deploy.kind_cluster import CONTEXT
from portal.deploy.node_cluster import NodeCluster
from portal.deploy.stack_record import stack_record
from portal.graph.model import Graph
from portal.image.container_builder import container_builder
from portal.image.container_runtime import container_runtime
from portal.kubernetes.kubectl import Kubectl
from portal.node.layout import NodeLayout
from portal.node.lifecycle import Node
from tests.e2e.browser import launch
from tests.e2e.machine import Machine, look
from tests.e2e.pods import pods_that_stay
from tests.support.checkouts import E2E, ROOT, whole_checkout

MEASURED = ROOT / "bench.e2e.json"
URL = "http://localhost:7007"
# Pulumi's summary names what was created, updated and deleted only where there was any.
NOTHING_CHANGED = {
    "kubectl": re.compile("Nothing changed"),
    "pulumi": re.compile(r"Resources:\s+\d+ unchanged"),
}


@dataclass(frozen=True)
class Ended:
    """A command that ended: what it said, how long it took, and the longest silence on the way."""

    said: str
    seconds: float
    silence: float

    @property
    def answer(self) -> Any:
        """The JSON object that the command printed, among what it said of its progress."""
        return json.JSONDecoder().raw_decode(self.said[f"\n{self.said}".index("\n{") :])[0]


@dataclass(frozen=True)
class Choice:
    """What pytest's command line chooses; None leaves it to `portal up`."""

    engine: str | None
    cluster: str | None
    builder: str | None

    def words(self, *names: str) -> list[str]:
        """The options of the portal command that say the same."""
        return [word for name in names if (value := getattr(self, name)) for word in (f"--{name}", str(value))]


@dataclass(frozen=True)
class Workplace:
    """A shell in the checkout."""

    checkout: Checkout
    choice: Choice

    @property
    def engine(self) -> str:
        """The engine that the first `up` took."""
        known = stack_record(self.checkout, "local")
        assert known is not None
        return known.engine

    @property
    def cluster(self) -> str:
        """The cluster that the first `up` took, or will take."""
        known = stack_record(self.checkout, "local")
        if known is not None:
            return known.cluster
        return self.choice.cluster or ("node" if container_runtime() is None else "kind")

    def require(self, *, cluster: str = "", engine: str = "", builder: str = "", why: str) -> None:
        """Skip a test that is tied to a cluster, an engine or a builder where another one was taken."""
        if cluster and self.cluster != cluster:
            pytest.skip(f"{self.cluster} is the cluster: {why}")
        if engine and self.engine != engine:
            pytest.skip(f"{self.engine} is the engine: {why}")
        if builder and self.builder != builder:
            pytest.skip(f"{self.builder} is the builder: {why}")

    @property
    def builder(self) -> str:
        """The builder that is taken."""
        return container_builder(self.checkout.containers, self.choice.builder).name

    def up(self) -> Ended:
        """`make up`, as a person types it who chooses the same."""
        words = self.choice.words("engine", "cluster", "builder")
        return self.run("make", "up", *([f"ARGS={' '.join(words)}"] if words else []))

    def build(self, *words: str, expected: int = 0) -> Ended:
        """`portal build` with the builder of the choice."""
        return self.portal("build", *self.choice.words("builder"), *words, expected=expected)

    def run(self, *words: str, expected: int = 0, given: str | None = None) -> Ended:
        """Run a command in the checkout; another exit code than expected fails with all that it said.

        ``given`` is what it reads from a pipe.
        """
        began = last = time.monotonic()
        silence = 0.0
        pieces: list[str] = []
        # What the outer `make` was called with is not meant for ours.
        outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "ARGS"))}
        with subprocess.Popen(
            words,
            cwd=self.checkout.root,
            env={**outer, "PYTHONUNBUFFERED": "1", "PATH": self._path},
            stdin=subprocess.PIPE if given is not None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            if process.stdin is not None:
                process.stdin.write((given or "").encode())
                process.stdin.close()
            assert process.stdout is not None
            # Pieces, not lines: Pulumi says that it is still there with dots.
            while piece := os.read(process.stdout.fileno(), 2**16):
                now = time.monotonic()
                silence, last = max(silence, now - last), now
                pieces.append(piece.decode(errors="replace"))
                print(pieces[-1], end="")
            code = process.wait()
        said = "".join(pieces)
        assert code == expected, said
        return Ended(said, time.monotonic() - began, silence)

    def portal(self, *words: str, expected: int = 0, given: str | None = None) -> Ended:
        """Run the portal command."""
        return self.run(".venv/bin/portal", *words, expected=expected, given=given)

    @property
    def kubectl(self) -> Kubectl:
        """The cluster, with its administrator's rights."""
        if self.cluster == "node":
            return NodeCluster(self.checkout, 7007).kubectl()
        program = Path(shutil.which("kubectl") or "kubectl")
        return Kubectl(program, CONTEXT, self.checkout.own_kubeconfig, self.checkout.state)

    @property
    def _path(self) -> str:
        """The kubectl that was built goes first: a vendor's wrapper on the PATH may write into the home folder."""
        if self.cluster != "node":
            return os.environ["PATH"]
        return f"{self.kubectl.program.parent}{os.pathsep}{os.environ['PATH']}"

    def pods(self) -> dict[str, str]:
        """The portal's pods that stay: UID by component. Those of Jobs have ended, and do not count."""
        found = pods_that_stay(self.kubectl, "portal", "!batch.kubernetes.io/job-name")
        return {
            str(pod["metadata"]["labels"]["app.kubernetes.io/component"]): str(pod["metadata"]["uid"]) for pod in found
        }


# One story on one node: from nothing, everything in between, and back to nothing.
CHAPTERS = (
    "test_portal",
    "test_trouble",
    "test_full_disk",
    "test_releases",
    "test_backups",
    "test_any_cluster",
    "test_aws_on_the_node",
    "test_rds_on_the_node",
    "test_pull_request",
    "test_preflight",
    "test_preflight_database",
    "test_accounts",
    "test_load",
    "test_release",
    "test_leaving",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Chapters in their order; what is not one of them comes last, in the order that it was found."""
    order = {name: index for index, name in enumerate(CHAPTERS)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture(autouse=True)
def rounds() -> None:
    """As many as Pulumi's: commands in processes of their own open what is sealed here."""


@pytest.fixture(scope="session")
def workplace(request: pytest.FixtureRequest) -> Workplace:
    chosen = [request.config.getoption(f"--{name}") for name in ("engine", "cluster", "builder")]
    return Workplace(whole_checkout(E2E), Choice(*(str(name) if name else None for name in chosen)))


@pytest.fixture(scope="session")
def before(workplace: Workplace) -> Machine | None:
    """The machine before the first `make up`; a checkout that has a portal already is not for this test.

    What a container engine keeps of kind (images, a network, filter rules) is its own matter: there is nothing to
    compare.
    """
    left = [path.name for path in workplace.checkout.state.glob("*")]
    here = f"cd {E2E.name} && .venv/bin/portal down --delete-data"
    assert not left, f"there is a portal in {E2E.name} ({', '.join(left)}): `{here}` first"
    if workplace.cluster != "node":
        return None
    # A node that was killed, and whose folder is gone, leaves an interface and control groups.
    Node(NodeLayout(workplace.checkout.node)).delete()
    return look([ROOT, Path("/tmp")])


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


def graph_of(root: Path, stack: str) -> Graph:
    """A stack's graph, recorded in a thread of its own: the browser's library keeps an event loop in the main one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(recorded, Context(root), stack).result()


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
