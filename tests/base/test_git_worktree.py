"""A worktree is made whatever is in its place, and no other one is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from portal.base.errors import PortalError
from portal.base.git_worktree import make_worktree, remove_worktree
from portal.base.process import output
from tests.support.checkouts import commit_all


def git(folder: Path, *words: str | Path) -> str:
    return output(["git", *words], cwd=folder).strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit, and a folder below its own."""
    repository = tmp_path / "repository"
    (repository / "portal").mkdir(parents=True)
    (repository / "portal" / "file").write_text("of the commit")
    git(repository, "init", "--quiet")
    commit_all(repository)
    return repository


def test_it_has_the_files_of_the_commit_and_can_be_deleted(root: Path) -> None:
    folder = root / ".portal" / "one"
    assert make_worktree(root, folder, "HEAD") == folder
    assert (folder / "portal" / "file").read_text() == "of the commit"
    remove_worktree(root, folder)
    remove_worktree(root, folder)
    assert not folder.exists()
    assert len(git(root, "worktree", "list").splitlines()) == 1


def test_in_a_folder_below_the_repositorys_it_is_that_folder(root: Path) -> None:
    assert (make_worktree(root / "portal", root / ".portal" / "one", "HEAD") / "file").is_file()


@pytest.mark.parametrize("left", ["locked", "no record", "empty", "moved"])
def test_whatever_an_earlier_one_left_it_is_made(root: Path, left: str) -> None:
    folder = root / ".portal" / "one"
    if left != "empty":
        make_worktree(root, folder, "HEAD")
    match left:
        case "locked":
            git(root, "worktree", "lock", folder)
        case "no record":
            shutil.rmtree(root / ".git" / "worktrees")
        case "moved":
            (folder / ".git").write_text("gitdir: /nowhere\n")
        case _:
            folder.mkdir(parents=True)
    assert (make_worktree(root, folder, "HEAD") / "portal" / "file").is_file()


def test_a_worktree_of_somebody_else_whose_disk_is_away_stays(root: Path, tmp_path: Path) -> None:
    theirs, away = tmp_path / "theirs", tmp_path / "away"
    git(root, "worktree", "add", "--quiet", "--detach", theirs, "HEAD")
    theirs.rename(away)
    make_worktree(root, root / ".portal" / "one", "HEAD")
    remove_worktree(root, root / ".portal" / "one")
    away.rename(theirs)
    assert git(theirs, "status", "--porcelain") == ""


def test_a_commit_that_is_not_there_is_an_error(root: Path) -> None:
    with pytest.raises(PortalError):
        make_worktree(root, root / ".portal" / "one", "f" * 40)
