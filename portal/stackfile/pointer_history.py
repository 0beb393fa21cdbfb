"""What a stack's file pointed to, and since when, from Git's history of the file."""

from __future__ import annotations

from dataclasses import dataclass

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError
from portal.base.process import output
from portal.base.yaml_document import parse_document
from portal.stackfile.program import KEY as PROGRAM
from portal.stackfile.read import StackFile

RELEASE = "portal:release"
# How many commits of the file are looked at.
_MOST = 500


@dataclass(frozen=True)
class Pointer:
    """What a stack deploys: a release, and the commit of the program. None: the code of the checkout."""

    release: str
    program: str | None = None


@dataclass(frozen=True)
class PointedTo:
    """A pointer that a commit wrote. ``since`` is when, as Git prints it (ISO 8601)."""

    pointer: Pointer
    since: str


def pointer_of(file: StackFile) -> Pointer:
    """What a stack's file points to now. ``workspace`` is the checkout."""
    program = file.values.get(PROGRAM)
    return Pointer(str(file.values.get(RELEASE, "workspace")), str(program) if program is not None else None)


def pointers_of(checkout: Checkout, stack: str) -> list[PointedTo]:
    """What this branch's commits wrote into a stack's file, newest first. Neighbors differ.

    Of a merge, only what it changed on this branch counts, as the stack never had what came in between. SituationError
    if there is no history. A commit whose file cannot be read is left out.
    """
    file = checkout.stack_file(stack).relative_to(checkout.root)
    words = (
        "git",
        "log",
        "--first-parent",
        "-m",
        f"--max-count={_MOST}",
        "--format=%H %cI",
        "--no-color",
        "--no-patch",
    )
    try:
        log = output([*words, "--", str(file)], cwd=checkout.root)
    except PortalError as error:
        raise SituationError(
            f"the history of {file} cannot be read ({error.last_line})", "run this in a clone of the repository"
        ) from error
    found: list[PointedTo] = []
    for commit, _, since in (line.partition(" ") for line in log.splitlines()):
        pointer = _pointer_at(checkout, commit, file.as_posix())
        if pointer is None:
            continue
        if found and found[-1].pointer == pointer:
            # It was written earlier than we knew.
            found[-1] = PointedTo(pointer, since)
        else:
            found.append(PointedTo(pointer, since))
    return found


def _pointer_at(checkout: Checkout, commit: str, path: str) -> Pointer | None:
    try:
        text = output(["git", "show", f"{commit}:./{path}"], cwd=checkout.root)
        config = parse_document(text.encode(), path).data.get("config")
    except (PortalError, InputError):
        return None
    if not isinstance(config, dict):
        return None
    values = {key if ":" in key else f"portal:{key}": value for key, value in config.items()}
    program = values.get(PROGRAM)
    return Pointer(str(values.get(RELEASE, "workspace")), str(program) if program is not None else None)
