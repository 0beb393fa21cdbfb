"""Ask the code that will deploy a stack whether it accepts the stack's file. It may be older than the checkout's."""

from __future__ import annotations

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.other_code import output_of_code
from portal.stackfile.program import Program, preparing
from portal.stackfile.read import StackFile


def refusal_of_program(checkout: Checkout, file: StackFile, commit: str, text: str) -> str | None:
    """Why the ``portal check`` of a commit refuses a stack whose file has this text; None if it accepts it.

    Runs in the program's worktree, as a deployment would, with the Python packages of this process. Changes nothing
    else. SituationError if Git lacks the commit.
    """
    program = Program(checkout, commit, file.where(("program",)))
    if program.is_here:
        return None
    with preparing(checkout, "portal check"):
        folder = program.worktree(file)
        write_whole(folder / "stacks" / file.path.name, text)
        try:
            output_of_code(folder, "portal.command.main", ["--directory", folder, "check", "--stack", file.stack])
        except PortalError as error:
            return error.last_line
    return None
