"""The policy pack as Pulumi's CLI runs it: a process that answers over gRPC, from a checkout and as it is published."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

from policies.rules import RULES, refused
from tests.policies.aws_broken import BROKEN
from tests.policies.engine import CANARY, asked, sentences
from tests.policies.sample import whole_graph
from tests.support.checkouts import ROOT

PACK = ROOT / "policies" / "pack"
# Imports the pack in an environment of nothing but some packages.
_ALONE = """
import re, sys
from importlib.metadata import packages_distributions

there = set(sys.argv[1:]) | {"portal"}
hidden = {
    module
    for module, packages in packages_distributions().items()
    if not there & {re.sub(r"[-_.]+", "-", package).lower() for package in packages}
}


class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"{name} is not there", name=name)


sys.meta_path.insert(0, Hide())
import policies.pack.analyzer
"""
# What the CLI runs of a pack, and finds in its folder.
OWN_FILES = ("PulumiPolicy.yaml", "requirements.txt", "__main__.py", ".gitignore")


def published(folder: Path) -> Path:
    """A folder as docs/how-to/what-is-checked-before.md has it for a policy group: everything of the pack is in it."""
    for part in ("portal", "policies"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "venv"))
    for name in OWN_FILES:
        shutil.copy(folder / "policies" / "pack" / name, folder / name)
    return folder


@contextmanager
def running(folder: Path, python: str) -> Generator[Any]:
    """The pack in a folder, started as Pulumi's host of Python programs does it."""
    command = [python, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    env = {"PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, env=env, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                # Its types are of modules that exist under another name only.
                stub: Any = AnalyzerStub(channel)
                yield stub
        finally:
            process.kill()


def own_environment(folder: Path) -> str:
    """The Python of an environment with what the pack needs, from the packages that `make setup` has fetched."""
    uv, python = str(Path(sys.executable).with_name("uv")), str(folder / "bin" / "python")
    sync = ["pip", "sync", "--offline", "--python", python, "--require-hashes", "--only-binary", ":all:"]
    for command in (["venv", "--python", sys.executable, str(folder)], [*sync, str(PACK / "requirements.txt")]):
        ended = subprocess.run([uv, *command], capture_output=True, text=True, check=False)
        if ended.returncode:
            pytest.skip(f"the environment of the pack cannot be made without a network: {ended.stderr[-300:]}")
    return python


@pytest.mark.parametrize("place", ["checkout", "published"])
def test_the_pack_refuses_a_stack_over_the_protocol(place: str, tmp_path: Path) -> None:
    graph = BROKEN["RDS.2"](whole_graph())
    about, stack = asked(graph)
    folder, python = PACK, sys.executable
    if place == "published":
        folder, python = published(tmp_path / "pack"), own_environment(tmp_path / "venv")
    with running(folder, python) as pack:
        assert len(pack.GetAnalyzerInfo(empty_pb2.Empty()).policies) == len(RULES)
        pack.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="prod", config={"a:b": CANARY}))
        for one in about:
            pack.Remediate(one)
            pack.Analyze(one)
        answer: analyzer_pb2.AnalyzeResponse = pack.AnalyzeStack(stack)
    assert sentences(answer.diagnostics) == refused(graph)
    assert CANARY.encode() not in answer.SerializeToString()


def _pins(path: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """The version and the hashes of each package."""
    parts = re.split(r"^(?=[a-z0-9])", path.read_text(), flags=re.MULTILINE)
    found = [(re.match(r"([a-z0-9-]+)==([^ ;\\]+)", part), part) for part in parts]
    return {m[1]: (m[2], frozenset(re.findall(r"--hash=(\S+)", part))) for m, part in found if m is not None}


def test_the_pack_needs_nothing_but_what_the_product_has() -> None:
    ours, whole = _pins(PACK / "requirements.txt"), _pins(ROOT / "requirements.txt")
    assert len(ours) > 20
    assert {name: pin for name, pin in ours.items() if whole.get(name) != pin} == {}


def test_the_environment_of_the_pack_has_everything_that_it_imports() -> None:
    """Here, all other packages are hidden from it."""
    command = [sys.executable, "-c", _ALONE, *_pins(PACK / "requirements.txt")]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stderr == ""
