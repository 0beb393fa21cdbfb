"""The two sides of a preview: a commit, and this checkout. Each commit's own code describes its stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError, quoted
from portal.base.git_worktree import make_worktree, remove_worktree
from portal.base.names import is_stack_name
from portal.base.other_code import output_of_code
from portal.base.process import output
from portal.graph.preview.snapshot import Drawn, Snapshot, refused
from portal.stackfile.program import KEY, program_of
from portal.stackfile.read import read_stack_file


@dataclass(frozen=True)
class Sides:
    """Both sides. ``base`` is the commit of the first one."""

    base: str
    before: Snapshot
    after: Snapshot


def both_sides(checkout: Checkout, reference: str) -> Sides:
    """The stacks at the commit where this checkout left ``reference``, and as they are in the checkout now.

    InputError if Git does not know the reference. Writes below ``.portal/programs/`` only: the caller holds that lock.
    """
    base = _merge_base(checkout, reference)
    folder = checkout.programs / "preview"
    try:
        files = make_worktree(checkout.root, folder, base)
        sides = [(Checkout(files), files), (checkout, checkout.root)]
        with ThreadPoolExecutor(max_workers=2) as pool:
            before, after = pool.map(_described, [_with_programs(checkout, *side) for side in sides])
        return Sides(base, before, after)
    finally:
        remove_worktree(checkout.root, folder)


def _merge_base(checkout: Checkout, reference: str) -> str:
    if reference.startswith("-"):
        raise _unknown(reference)
    try:
        return output(["git", "merge-base", reference, "HEAD"], cwd=checkout.root).strip()
    except PortalError as error:
        raise _unknown(reference, error.last_line) from error


def _unknown(reference: str, why: str = "") -> InputError:
    return InputError(
        where="--base",
        key="",
        got=quoted(reference) + (f" ({why})" if why else ""),
        allowed="a branch or a commit that has a common ancestor with this checkout",
        fix="fetch it; a CI job needs the history (`fetch-depth: 0`)",
    )


@dataclass(frozen=True)
class _Side:
    """The files of one side, its own code, and the code that single stacks name."""

    checkout: Checkout
    code: Path
    programs: Mapping[str, Path | SituationError]


def _with_programs(checkout: Checkout, side: Checkout, code: Path) -> _Side:
    """One side, with a folder for the code that each stack names, or the reason why there is none."""
    programs: dict[str, Path | SituationError] = {}
    for stack in _stacks(side):
        try:
            program = program_of(side, read_stack_file(side, stack))
            if program is not None and not program.is_here:
                programs[stack] = replace(program, checkout=checkout).code()
        except SituationError as error:
            programs[stack] = error
        except InputError:
            # The stack's own faults say it.
            continue
    return _Side(side, code, programs)


def _stacks(side: Checkout) -> list[str]:
    """The stacks with a valid name. `portal check` refuses the others."""
    return [stack for stack in side.stack_names() if is_stack_name(stack)]


def _described(side: _Side) -> Snapshot:
    """The stacks of one side. What a stack is now is described by the code that it names, if it names any."""
    found = _read(side.code, side.checkout, _stacks(side.checkout), "the other commit", "choose a newer one (`--base`)")
    stacks = dict(found.stacks)
    for stack, code in side.programs.items():
        stacks[stack] = stacks[stack].model_copy(update={"now": _now(side, stack, code, stacks[stack].now)})
    return Snapshot.model_construct(stacks=stacks, releases=found.releases)


def _now(side: _Side, stack: str, code: Path | SituationError, otherwise: Drawn) -> Drawn:
    try:
        if isinstance(code, SituationError):
            raise code
        what, fix = f"the program of {stack}", f"write a newer commit as `{KEY}`"
        return _read(code, side.checkout, [stack], what, fix).stacks[stack].now
    except InputError as error:
        return refused(otherwise.release, error)
    except PortalError as error:
        # The last line of a traceback: the program cannot run with today's packages.
        return Drawn.model_construct(release=otherwise.release, faults=(error.last_line,))


def _read(code: Path, side: Checkout, stacks: Sequence[str], what: str, fix: str) -> Snapshot:
    """Let the code in a folder describe stacks. SituationError with ``fix`` if that code is too old, or too new."""
    sentence = f"{what} has a version of `portal preview` that this one cannot compare with"
    try:
        return Snapshot.model_validate_json(output_of_code(code, "portal.graph.preview.snapshot", [side.root, *stacks]))
    except PortalError as error:
        if "portal.graph.preview" not in str(error):
            raise
        raise SituationError(sentence, fix) from error
    except ValidationError as error:
        raise SituationError(sentence, fix) from error
