"""One commit on a branch, made in a worktree: the checkout stays as it is until somebody merges the branch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.echo import printable
from portal.base.errors import PortalError, SituationError
from portal.base.process import output


def require_clean(checkout: Checkout) -> None:
    """SituationError for a checkout without Git, and for one with changes: they would not be on the branch."""
    try:
        changed = output(["git", "status", "--porcelain"], cwd=checkout.root).splitlines()
    except PortalError as error:
        raise SituationError(
            f"an upgrade is a branch, and Git cannot be used here ({error.last_line})",
            "run this in a clone of your repository",
        ) from error
    if changed:
        names = ", ".join(line[3:] for line in changed[:3]) + (" and more" if len(changed) > 3 else "")
        raise SituationError(
            f"this checkout has changes that are not committed ({names}), and an upgrade begins at the last commit",
            "commit them, or put them aside (`git stash --include-untracked`)",
        )


def commit_line(text: str) -> str:
    """One line of a commit's message, in which names that others chose tell no CI to skip the commit (`[skip ci]`)."""
    return re.sub(r"\[(?=[a-z ]+\])", "(", " ".join(printable(text).split()), flags=re.IGNORECASE)


def require_author(checkout: Checkout) -> None:
    """SituationError if Git does not know who commits: it would say so after minutes of work."""
    try:
        for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            output(["git", "var", who], cwd=checkout.root)
    except PortalError as error:
        raise SituationError(
            "Git does not know who commits", "run `git config user.name` and `git config user.email` with yours"
        ) from error


def require_no_branch(checkout: Checkout, branch: str) -> None:
    """SituationError if the branch is there already."""
    if output(["git", "for-each-ref", f"refs/heads/{branch}"], cwd=checkout.root).strip():
        raise SituationError(
            f"there is a branch {branch} already",
            f"merge it, or delete it (`git branch -D {branch}`), and run this again",
        )


def commit(root: Path, files: Sequence[Path], message: str) -> str:
    """Commit files of a worktree. Returns the commit's id. PortalError if Git fails, as it does without an author."""
    output(["git", "add", "--", *sorted(set(files))], cwd=root)
    output(["git", "commit", "--quiet", "--file", "-"], cwd=root, stdin=message)
    return output(["git", "rev-parse", "HEAD"], cwd=root).strip()


def make_branch(checkout: Checkout, branch: str, commit_id: str) -> None:
    """Give a commit a branch. PortalError if it is there already."""
    output(["git", "branch", "--no-track", branch, commit_id], cwd=checkout.root)
