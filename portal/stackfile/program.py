"""The program that deploys a stack: the commit of this repository's code that the stack's file names.

A stack without one is deployed by the code of the checkout. With one, a merge changes nothing for it: the same code
makes its graph until somebody changes the commit.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.files import write_whole
from portal.base.git_worktree import make_worktree
from portal.base.lock import held
from portal.base.names import is_commit_id
from portal.base.process import output
from portal.stackfile.read import StackFile

KEY = "portal:program"
# What decides how a stack is deployed. `portal.yaml`, `app/`, `content/` and releases do not count.
_CODE = ("Pulumi.yaml", "__main__.py", "portal", "components", ":(glob)stacks/*.py", "requirements.txt")


@dataclass(frozen=True)
class Program:
    """A commit of a checkout's repository. ``where`` is the file and line that name it."""

    checkout: Checkout
    commit: str
    where: str

    @property
    def is_here(self) -> bool:
        """Whether the code in the checkout is that of the commit, without changes. SituationError if Git lacks it."""
        return self._is_in(self.checkout.root)

    def worktree(self, file: StackFile) -> Path:
        """A folder with the code of the commit, and with this checkout's stack file, releases and state.

        Makes it, or puts it right. SituationError if Git lacks the commit.
        """
        folder = self.code()
        write_whole(folder / "stacks" / file.path.name, file.path.read_bytes())
        _link(folder / self.checkout.releases.name, self.checkout.releases)
        _link(folder / self.checkout.state.name, self.checkout.state)
        return folder

    def code(self) -> Path:
        """A folder with the code of the commit. Makes it, or makes it anew. SituationError if Git lacks the commit."""
        folder = self.checkout.programs / self.commit[:12]
        with suppress(SituationError):
            # Without a file of its own there, Git would look at the repository around it.
            inside = folder / self._git(self.checkout.root, "rev-parse", "--show-prefix")
            if (folder / ".git").is_file() and self._is_in(inside):
                return inside
        with self._told():
            return make_worktree(self.checkout.root, folder, self.commit)

    def _is_in(self, folder: Path) -> bool:
        changed = self._git(folder, "diff", "--name-only", self.commit, "--", *_CODE)
        return not changed and not self._git(folder, "ls-files", "--others", "--exclude-standard", "--", *_CODE)

    def _git(self, folder: Path, *words: str | Path) -> str:
        with self._told():
            return output(["git", *words], cwd=folder).strip()

    @contextmanager
    def _told(self) -> Generator[None]:
        """Say what to do if Git fails."""
        try:
            yield
        except PortalError as error:
            raise SituationError(
                f"Git cannot use the commit {self.commit[:12]} ({error.last_line})",
                f"fetch it (`git fetch`, or `git fetch --unshallow`), or write a commit of this clone as `{KEY}`",
                where=self.where,
            ) from error


@contextmanager
def preparing(checkout: Checkout, command: str) -> Generator[None]:
    """Hold the lock of the folders that :class:`Program` makes. Whoever only reads the checkout takes no other lock."""
    with held(checkout.programs / "lock", command, brief=True):
        yield


def program_of(checkout: Checkout, file: StackFile) -> Program | None:
    """The program that a stack's file names. None if it names none, or something that is no commit."""
    commit = file.values.get(KEY)
    return Program(checkout, str(commit), file.where(("program",))) if is_commit_id(commit) else None


def _link(link: Path, target: Path) -> None:
    """Replace whatever the commit has there by a link. The commit's own releases and state are not used."""
    if link.is_symlink() or link.is_file():
        link.unlink()
    elif link.is_dir():
        shutil.rmtree(link)
    link.symlink_to(target)
