"""A merge changes nothing for a stack that names its program: the code of that commit makes its graph."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.base.process import output
from portal.deploy.refusal_of_program import refusal_of_program
from portal.graph.program import record_stack
from portal.graph.recorder import RefusedError
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import read_stack_file
from tests.command.in_process import portal
from tests.support.checkouts import ROOT, code_checkout, commit_all

RELEASE = "r-b6a711cf9922"
STACK = "local"


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, str]:
    """A checkout in which the code of deployments changed, and the commit before."""
    checkout = code_checkout(tmp_path_factory.mktemp("pinned") / "portal")
    before = commit_all(checkout.root)
    contract = checkout.root / "portal" / "contract.py"
    code = contract.read_text()
    assert "DRAIN_SECONDS = 10\n" in code
    contract.write_text(code.replace("DRAIN_SECONDS = 10\n", "DRAIN_SECONDS = 11\n"))
    shutil.copytree(ROOT / "tests" / "releases" / RELEASE, checkout.releases / RELEASE)
    commit_all(checkout.root)
    return checkout, before


@pytest.fixture
def pinned(merged: tuple[Checkout, str]) -> tuple[Checkout, str]:
    """The same, with a stack that names the release and the commit."""
    checkout, before = merged
    point(checkout, before)
    return checkout, before


def point(checkout: Checkout, program: str, title: str = "Acme") -> None:
    output(["git", "checkout", "--quiet", "--", "stacks"], cwd=checkout.root)
    file = checkout.stack_file(STACK)
    lines = f"  portal:release: {RELEASE}\n  portal:program: {program}\n  portal:title: {title}\n"
    file.write_text(file.read_text().replace("config:\n", f"config:\n{lines}", 1))


@pytest.fixture
def continued(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that the process became, each as its words."""
    found: list[list[str]] = []

    def execve(_program: Path, words: list[str], environment: dict[str, str]) -> None:
        assert environment["PYTHONPATH"] == words[words.index("--directory") + 1]
        found.append(words)
        raise SystemExit(0)

    monkeypatch.setattr(os, "execve", execve)
    return found


def test_the_manifests_are_those_of_the_program(pinned: tuple[Checkout, str]) -> None:
    """Also the stack's settings of today: the program is an old one, what it deploys is not."""
    checkout, before = pinned
    point(checkout, before, title="Title of today")
    command = [checkout.root / ".venv" / "bin" / "python", "-c", "from portal.command.main import main; main()"]
    ended = subprocess.run(
        [*command, "render", "--stack", STACK],
        cwd=checkout.root,
        env={**os.environ, "PYTHONPATH": str(checkout.root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "terminationGracePeriodSeconds: 30\n" in ended.stdout
    assert "terminationGracePeriodSeconds: 31\n" not in ended.stdout
    assert "Title of today" in ended.stdout
    assert f"Continues with the code of commit {before[:12]}, which {STACK} names." in ended.stderr


@pytest.mark.parametrize("words", [("up",), ("render", "--out", "x"), ("graph",), ("config",)])
def test_each_command_that_shows_or_makes_the_graph_continues_there(
    pinned: tuple[Checkout, str], continued: list[list[str]], words: tuple[str, ...]
) -> None:
    checkout, before = pinned
    portal("-C", str(checkout.root), *words, "--stack", STACK, cwd=ROOT)
    folder = checkout.programs / before[:12]
    assert [one[4:] for one in continued] == [["--directory", str(folder), *words, "--stack", STACK]]
    assert continued[0][0] == str(folder / ".venv" / "bin" / "python")


def test_a_program_that_somebody_changed_is_put_right(pinned: tuple[Checkout, str], continued: list[list[str]]) -> None:
    checkout, before = pinned
    portal("render", "--stack", STACK, cwd=checkout.root)
    folder = checkout.programs / before[:12]
    (folder / "portal" / "contract.py").write_text("# changed\n")
    (folder / "portal" / "another.py").touch()
    portal("render", "--stack", STACK, cwd=checkout.root)
    assert "DRAIN_SECONDS = 10\n" in (folder / "portal" / "contract.py").read_text()
    assert not (folder / "portal" / "another.py").exists()
    assert (folder / ".portal").resolve() == checkout.state.resolve()
    assert (folder / "releases" / RELEASE / "release.json").is_file()
    assert len(continued) == 2


def test_where_the_code_is_the_same_nothing_is_made(merged: tuple[Checkout, str], continued: list[list[str]]) -> None:
    """A commit that changed a release, a stack or a page is not another program."""
    checkout, _ = merged
    head = output(["git", "rev-parse", "HEAD"], cwd=checkout.root).strip()
    point(checkout, head)
    (checkout.root / "README.md").write_text("Another page\n")
    assert portal("config", "--stack", STACK, cwd=checkout.root).returncode == 0
    assert continued == []
    assert not (checkout.programs / head[:12]).exists()


def test_an_uncommitted_change_of_the_code_is_another_program(
    merged: tuple[Checkout, str], continued: list[list[str]]
) -> None:
    checkout, _ = merged
    head = output(["git", "rev-parse", "HEAD"], cwd=checkout.root).strip()
    point(checkout, head)
    new = checkout.root / "stacks" / "another.py"
    new.touch()
    try:
        portal("config", "--stack", STACK, cwd=checkout.root)
    finally:
        new.unlink()
    assert len(continued) == 1


def test_a_commit_that_git_lacks_is_a_sentence(merged: tuple[Checkout, str], continued: list[list[str]]) -> None:
    checkout, _ = merged
    point(checkout, "f" * 40)
    ended = portal("render", "--stack", STACK, cwd=checkout.root)
    assert ended.returncode == 2
    assert "Fetch it (`git fetch`, " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert continued == []


@pytest.mark.parametrize("value", ["main", "--help", "0123456", "[a]"])
def test_only_a_whole_commit_id_is_one(merged: tuple[Checkout, str], continued: list[list[str]], value: str) -> None:
    """A branch moves, and a short id may mean another commit tomorrow."""
    checkout, _ = merged
    point(checkout, value)
    ended = portal("render", "--stack", STACK, cwd=checkout.root)
    assert (ended.returncode, continued) == (2, [])
    assert "portal:program" in ended.stderr


def test_the_engine_alone_refuses_another_program(pinned: tuple[Checkout, str]) -> None:
    """`pulumi up` cannot continue in another program: it says what to type."""
    checkout, before = pinned
    config, secret_keys = checked_configuration(checkout, read_stack_file(checkout, STACK))
    with pytest.raises(RefusedError, match=f"program of commit {before[:12]}, and this checkout has other code"):
        record_stack(checkout, STACK, config, list(secret_keys))


def test_the_program_itself_says_whether_it_knows_a_stacks_file(pinned: tuple[Checkout, str]) -> None:
    """It may be older than a key that the checkout knows. `portal promote` asks it before it moves a stack there."""
    checkout, before = pinned
    file = read_stack_file(checkout, STACK)
    accepted = file.path.read_text()
    assert refusal_of_program(checkout, file, before, accepted) is None
    said = refusal_of_program(checkout, file, before, f"{accepted}  portal:soon: 1\n")
    assert said is not None
    assert "portal:soon" in said
    with pytest.raises(SituationError, match="Git cannot use the commit"):
        refusal_of_program(checkout, file, "e" * 40, accepted)
