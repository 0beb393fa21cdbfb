"""Worktrees of a repository (https://git-scm.com/docs/git-worktree): the files of a commit in a folder of ours."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from portal.base.errors import PortalError
from portal.base.process import output


def make_worktree(root: Path, folder: Path, commit: str) -> Path:
    """Put a commit's files into ``folder``, whatever is there now. Returns what there stands for ``root``.

    ``root`` may be a folder below the repository's own. PortalError if Git fails. Other worktrees stay as they are.
    """
    inside = output(["git", "rev-parse", "--show-prefix"], cwd=root).strip()
    remove_worktree(root, folder)
    # The second --force: also if a killed Git left its record locked.
    words = ["git", "worktree", "add", "--quiet", "--force", "--force", "--detach", folder, commit]
    output(words, cwd=root)
    return folder / inside


def remove_worktree(root: Path, folder: Path) -> None:
    """Delete a worktree, or what is left of it. Does nothing if there is none."""
    with suppress(PortalError):
        output(["git", "worktree", "remove", "--force", "--force", folder], cwd=root)
    shutil.rmtree(folder, ignore_errors=True)
