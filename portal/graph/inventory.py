"""The components of a stack, found in its recorded graph: what there is of a portal, whatever its settings say.

A process of its own can make it (``python -c`` with :func:`main`), so that the code that deploys a stack describes that
stack. It reads no value of a secret, and asks no cluster.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError
from portal.base.other_code import output_of_code
from portal.base.printer import Printer
from portal.checks import drawable_plan
from portal.graph.accepted import require_accepted
from portal.graph.model import Graph
from portal.models.base import Model
from portal.stackfile.program import KEY, preparing, program_of
from portal.stackfile.read import read_stack_file

# The version of this data. Only the same version can be read.
Form = Literal[1]


class BuiltComponent(Model):
    """One component: its type (``portal:database:InClusterDatabase``) and its name in the program.

    ``has_resources`` says whether the stack makes something for it. Without, the stack only uses what others operate.
    """

    type: str
    name: str
    has_resources: bool


class Inventory(Model):
    """The title of a stack's portal, and its components. ``fault`` is why they cannot be recorded."""

    form: Form = 1
    title: str | None = None
    components: tuple[BuiltComponent, ...] = ()
    fault: str | None = None


def components_of(graph: Graph) -> tuple[BuiltComponent, ...]:
    """The components of a graph, in its order."""
    used: set[str] = set()
    for resource in graph:
        parent = resource.parent if resource.custom and not resource.is_provider else ""
        while parent in graph.resources and parent not in used:
            used.add(parent)
            parent = graph.resources[parent].parent
    return tuple(
        BuiltComponent.model_construct(type=one.type, name=one.name, has_resources=one.urn in used)
        for one in graph
        if not one.custom
    )


def take_inventory(checkout: Checkout, stack: str, command: str) -> Inventory:
    """The inventory of a stack that has a file, made by the code that deploys it. What is wrong is its ``fault``.

    ``command`` is what others are told who want to prepare a program meanwhile.
    """
    try:
        file = read_stack_file(checkout, stack)
        program = program_of(checkout, file)
        if program is None or program.is_here:
            return _recorded(checkout, stack)
        with preparing(checkout, command):
            return _of_code(program.worktree(file), stack)
    except (PortalError, OSError) as error:
        return Inventory.model_construct(fault=reason_of(error))


def reason_of(error: PortalError | OSError) -> str:
    """Why a stack cannot be recorded, or be read: the first sentence, and how many more there are."""
    sentence = error.sentence if isinstance(error, InputError) else str(error)
    more = f" (and {len(error.others)} more)" if isinstance(error, InputError) and error.others else ""
    return f"{sentence}{more}"


def _of_code(folder: Path, stack: str) -> Inventory:
    """Let the code in a folder describe a stack there. SituationError if that code is too old, or too new."""
    try:
        return Inventory.model_validate_json(output_of_code(folder, "portal.graph.inventory", [folder, stack]))
    except (PortalError, ValidationError) as error:
        if isinstance(error, PortalError) and "portal.graph.inventory" not in str(error):
            # The last line of a traceback: the program cannot run with today's packages.
            raise PortalError(error.last_line) from error
        raise SituationError(
            f"the program of {stack} has no inventory that this version can read",
            f"write a newer commit as `{KEY}`",
        ) from error


def _recorded(checkout: Checkout, stack: str) -> Inventory:
    """Of the code that runs. Secrets that nobody has given yet do not matter."""
    from portal.graph.program import record_plan  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    plan = drawable_plan(checkout, stack)
    graph = require_accepted(record_plan(checkout, plan))
    return Inventory.model_construct(title=plan.app_config.title, components=components_of(graph))


def main() -> None:
    """Print the inventory of a stack, in the checkout that the command line names."""
    root, stack = sys.argv[1:]
    try:
        found = _recorded(Checkout(Path(root)), stack)
    except (PortalError, OSError) as error:
        found = Inventory.model_construct(fault=reason_of(error))
    Printer().document(found.model_dump_json(by_alias=True))
