"""A promotion as a pull request: one commit on a branch of its own, and the checkout stays as it is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.process import output
from portal.deploy.pull_request import open_pull_request
from tests.support.checkouts import commit_all
from tests.support.kept_releases import keep_release
from tests.support.python_script import python_script

RELEASE = "r-000000000001"
TITLE = "Promote staging to prod"
BRANCH = f"promote-staging-to-prod-{RELEASE}"
GH = python_script(
    """import json, os, sys
words = sys.argv[1:]
tokens = [os.environ.get(name) for name in ("GH_TOKEN", "AWS_SECRET_ACCESS_KEY")]
said = {"words": words, "body": open(words[-1]).read(), "tokens": tokens}
json.dump(said, open(os.path.join(os.path.dirname(sys.argv[0]), "said.json"), "w"))
print("Creating a pull request")
print("https://github.example/acme/portal/pull/7")
""",
    "-SE",
)


@pytest.fixture
def remote(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that the checkout was cloned from, and a `gh` that remembers what it was told."""
    keep_release(checkout, RELEASE, "1.js")
    bare = tmp_path / "remote.git"
    output(["git", "init", "--quiet", "--bare", str(bare)])
    output(["git", "init", "--quiet"], cwd=checkout.root)
    output(["git", "remote", "add", "origin", str(bare)], cwd=checkout.root)
    commit_all(checkout.root)
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(GH)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GH_TOKEN", "a-token")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Acme")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "tests@acme.example")
    return bare


def proposed(checkout: Checkout) -> str:
    file = checkout.stack_file("local")
    text = f"{file.read_text().rstrip()}\n  portal:release: {RELEASE}\n"
    return open_pull_request(checkout, file, text, RELEASE, TITLE, "The conditions.")


def said(folder: Path) -> Any:
    return json.loads((folder / "bin" / "said.json").read_text())


def test_it_is_one_commit_of_one_file_with_a_text_for_people(checkout: Checkout, remote: Path, tmp_path: Path) -> None:
    before = output(["git", "rev-parse", "HEAD"], cwd=checkout.root)
    assert proposed(checkout) == "https://github.example/acme/portal/pull/7"
    shown = output(["git", "show", "--format=%s", "--name-only", BRANCH], cwd=remote).splitlines()
    assert [line for line in shown if line] == [f"{TITLE}: {RELEASE}", "stacks/Pulumi.local.yaml"]
    assert said(tmp_path)["words"][:6] == ["pr", "create", "--title", f"{TITLE}: {RELEASE}", "--head", BRANCH]
    assert said(tmp_path)["body"].startswith("The conditions.\n<!-- portal preview -->\n")
    assert "local" in said(tmp_path)["body"]
    # Nothing here has moved, and no worktree is left.
    assert output(["git", "rev-parse", "HEAD"], cwd=checkout.root) == before
    assert output(["git", "status", "--porcelain", "--", "stacks"], cwd=checkout.root) == ""
    assert len(output(["git", "worktree", "list"], cwd=checkout.root).splitlines()) == 1


@pytest.mark.usefixtures("remote")
def test_only_the_token_of_github_goes_along(checkout: Checkout, tmp_path: Path) -> None:
    proposed(checkout)
    assert said(tmp_path)["tokens"] == ["a-token", None]


@pytest.mark.usefixtures("remote")
def test_the_same_is_not_proposed_twice(checkout: Checkout) -> None:
    proposed(checkout)
    with pytest.raises(SituationError, match=f"branch {BRANCH} already"):
        proposed(checkout)


@pytest.mark.usefixtures("remote")
def test_what_is_not_committed_cannot_be_proposed(checkout: Checkout) -> None:
    file = checkout.stack_file("local")
    committed = file.read_text()
    file.write_text(f"{committed}# mine\n")
    with pytest.raises(SituationError, match="changes that are not committed"):
        proposed(checkout)
    file.write_text(committed)
    output(["git", "rm", "--quiet", "-r", "--cached", f"releases/{RELEASE}"], cwd=checkout.root)
    output(["git", "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "gone"], cwd=checkout.root)
    with pytest.raises(SituationError, match="is not committed"):
        proposed(checkout)


def test_without_the_command_or_the_remote_it_is_a_sentence(
    checkout: Checkout, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.rename(remote.with_name("gone"))
    with pytest.raises(PortalError, match="git"):
        proposed(checkout)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SituationError, match="`gh` opens pull requests"):
        proposed(checkout)
