"""What a stack's file pointed to, and since when, from Git's history of the file."""

from __future__ import annotations

from dataclasses import dataclass

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError
from portal.base.process import output
from portal.base.yaml_document import parse_document
from portal.stackfile.pointer import Pointer, pointer_of
from portal.stackfile.read import values_of

# How many commits of the file are looked at.
_MOST = 500


@dataclass(frozen=True)
class PointedTo:
    """A pointer that a commit wrote. ``since`` is when, as Git prints it (ISO 8601)."""

    pointer: Pointer
    since: str


def pointers_of(checkout: Checkout, stack: str) -> list[PointedTo]:
    """What this branch's commits wrote into a stack's file, newest first. Neighbors differ.

    Of a merge, only what it changed on this branch counts, as the stack never had what came in between. SituationError
    if there is no history. A commit whose file cannot be read is left out.
    """
    file = checkout.stack_file(stack).relative_to(checkout.root)
    words = ("--first-parent", "-m", f"--max-count={_MOST}", "--format=%H %cI", "--no-color", "--no-patch")
    try:
        log = output(["git", "log", *words, "--", str(file)], cwd=checkout.root)
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
    return pointer_of(values_of(config)) if isinstance(config, dict) else None
