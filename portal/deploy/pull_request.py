"""Propose a changed stack file as a pull request, and leave the checkout as it is.

The commit is made in a worktree of the last commit. GitHub's own command opens the pull request, with the rights that
it was given (https://cli.github.com/manual/gh_pr_create).
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.files import write_whole
from portal.base.git_worktree import make_worktree, remove_worktree
from portal.base.process import output
from portal.graph.preview.comparison import compare
from portal.graph.preview.markdown import comment
from portal.graph.preview.sides import both_sides
from portal.stackfile.program import preparing
from portal.stackfile.release_history import committed_releases

GH = "gh"
REMOTE = "origin"
# https://cli.github.com/manual/gh_help_environment
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "GH_HOST", "GH_ENTERPRISE_TOKEN", "GH_CONFIG_DIR")


def open_pull_request(checkout: Checkout, file: Path, text: str, release: str, title: str, body: str) -> str:
    """Push a branch on which ``file`` has this text, and open a pull request. Returns its address.

    The preview of the change stands below ``body``. SituationError if `gh` is missing, if the file or the release is
    not committed, or if the branch is there already; PortalError if Git or `gh` fails.
    """
    name = checkout.relative(file)
    branch = f"{title.lower().replace(' ', '-')}-{release}"
    require_proposable(checkout, branch)
    _require(checkout, name, release)
    folder = checkout.programs / "pull-request"
    message = folder.with_suffix(".md")
    with preparing(checkout, "portal promote"):
        try:
            root = make_worktree(checkout.root, folder, "HEAD")
            write_whole(root / name, text)
            write_whole(message, f"{body}\n{_preview(root)}")
            output(["git", "commit", "--quiet", "--message", f"{title}: {release}", "--", name], cwd=root)
            return push_and_propose(root, branch, f"{title}: {release}", message)
        finally:
            remove_worktree(checkout.root, folder)
            message.unlink(missing_ok=True)


def push_and_propose(root: Path, branch: str, title: str, body: Path, *options: str) -> str:
    """Push the last commit of a worktree as a branch, and open a pull request. Returns its address.

    ``body`` is a file with the text, ``options`` are more words for `gh pr create`. PortalError if Git or `gh` fails;
    then the branch is not left at the remote.
    """
    tokens = _tokens()
    output(["git", "push", "--quiet", REMOTE, f"HEAD:refs/heads/{branch}"], cwd=root, env=tokens)
    words = [GH, "pr", "create", "--title", title, "--head", branch, *options, "--body-file"]
    try:
        return output([*words, body], cwd=root, env=tokens).strip().splitlines()[-1]
    except PortalError:
        # It is there for the pull request alone, and would be in the way of the next one.
        with suppress(PortalError):
            output(["git", "push", "--quiet", REMOTE, "--delete", f"refs/heads/{branch}"], cwd=root, env=tokens)
        raise


def require_proposable(checkout: Checkout, branch: str) -> None:
    """Refuse what would fail after long work: SituationError if `gh` is missing, or if the remote has the branch."""
    if shutil.which(GH) is None:
        raise SituationError(
            "`gh` opens pull requests, and is not on the PATH",
            "install it (https://cli.github.com), or leave --pr out",
        )
    heads = ["git", "ls-remote", "--heads", REMOTE, f"refs/heads/{branch}"]
    if output(heads, cwd=checkout.root, env=_tokens()).strip():
        raise SituationError(f"{REMOTE} has a branch {branch} already", "close its pull request, and delete the branch")


def _require(checkout: Checkout, name: str, release: str) -> None:
    if output(["git", "status", "--porcelain", "--", name], cwd=checkout.root).strip():
        raise SituationError(f"{name} has changes that are not committed", "commit or undo them")
    if release not in committed_releases(checkout):
        raise SituationError(f"releases/{release} is not committed", "commit it")


def _tokens() -> dict[str, str]:
    """The token of GitHub's command, which also gives it to Git if it was set up to (`gh auth setup-git`)."""
    return {name: value for name in _TOKENS if (value := os.environ.get(name))}


def _preview(root: Path) -> str:
    """What the change does, as Markdown. A preview that cannot be made keeps nobody from proposing the change."""
    try:
        sides = both_sides(Checkout(root), "HEAD")
        return comment(compare(sides), sides.base, budget=40_000)
    except PortalError as error:
        return f"There is no preview: {error.last_line}"
