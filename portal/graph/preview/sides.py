"""The two sides of a preview: a commit, and this checkout. Each commit's own code describes its stacks."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from portal.base.checkout import Checkout
from portal.base.child_environment import child_environment
from portal.base.errors import InputError, PortalError, SituationError, quoted
from portal.base.process import output
from portal.graph.preview.snapshot import Snapshot
from portal.stackfile.program import program_of
from portal.stackfile.read import read_stack_file

_MAIN = "from portal.graph.preview.snapshot import main; main()"


@dataclass(frozen=True)
class Sides:
    """Both sides. ``base`` is the commit of the first one."""

    base: str
    before: Snapshot
    after: Snapshot


def both_sides(checkout: Checkout, reference: str) -> Sides:
    """The stacks at the commit where this checkout left ``reference``, and as they are in the checkout now.

    InputError if Git does not know the reference. Writes only below ``.portal/``: whoever calls it holds the lock.
    """
    base = _merge_base(checkout, reference)
    with _worktree(checkout, base) as folder, ThreadPoolExecutor(max_workers=2) as pool:
        before = pool.submit(_side, checkout, Checkout(folder), folder)
        after = pool.submit(_side, checkout, checkout, checkout.root)
        return Sides(base, before.result(), after.result())


def _merge_base(checkout: Checkout, reference: str) -> str:
    if reference.startswith("-"):
        raise _unknown(reference)
    try:
        return output(["git", "merge-base", reference, "HEAD"], cwd=checkout.root).strip()
    except PortalError as error:
        raise _unknown(reference) from error


def _unknown(reference: str) -> InputError:
    return InputError(
        where="--base",
        key="",
        got=quoted(reference),
        allowed="a branch or a commit that has a common ancestor with this checkout",
        fix="fetch it; a CI job needs the history (`fetch-depth: 0`)",
    )


@contextmanager
def _worktree(checkout: Checkout, commit: str) -> Generator[Path]:
    """A commit's files in a folder that is gone afterwards. What a killed preview left goes first."""
    folder = checkout.programs / "preview"
    if folder.exists():
        output(["git", "worktree", "remove", "--force", folder], cwd=checkout.root)
    output(["git", "worktree", "add", "--quiet", "--force", "--detach", folder, commit], cwd=checkout.root)
    try:
        yield folder
    finally:
        output(["git", "worktree", "remove", "--force", folder], cwd=checkout.root)


def _side(checkout: Checkout, side: Checkout, code: Path) -> Snapshot:
    """The stacks of one side. A stack that names a program is, as it is now, described by the code of that program."""
    found = _read(code, side, side.stack_names(), str(code))
    stacks = dict(found.stacks)
    for stack in side.stack_names():
        program = _program(checkout, side, stack)
        if program is not None:
            theirs = _read(program, side, [stack], f"the program of {stack}").stacks[stack]
            stacks[stack] = stacks[stack].model_copy(update={"now": theirs.now})
    return Snapshot.model_construct(stacks=stacks, releases=found.releases)


def _program(checkout: Checkout, side: Checkout, stack: str) -> Path | None:
    """The folder of the code that a stack names. None if it names none, or if its file cannot be read."""
    try:
        program = program_of(side, read_stack_file(side, stack))
    except InputError:
        return None
    if program is None or program.is_here:
        return None
    return replace(program, checkout=checkout).code()


def _read(code: Path, side: Checkout, stacks: Sequence[str], what: str) -> Snapshot:
    """Let the code in a folder describe stacks. SituationError if that code is too old, or too new."""
    environment = child_environment(sys.executable, {"PYTHONPATH": str(code)})
    words = [sys.executable, "-P", "-c", _MAIN, side.root, *stacks]
    try:
        return Snapshot.model_validate_json(output(words, environment=environment))
    except PortalError as error:
        if "portal.graph.preview" not in str(error):
            raise
        raise _another_form(what) from error
    except ValidationError as error:
        raise _another_form(what) from error


def _another_form(what: str) -> SituationError:
    return SituationError(
        f"{what} has a version of `portal preview` that this one cannot compare with",
        "compare with a newer commit (`--base`)",
    )
