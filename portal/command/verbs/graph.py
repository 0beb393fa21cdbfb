"""Draw the resources of a stack as a Mermaid diagram."""

from __future__ import annotations

import typer

from portal.command.context import Context
from portal.command.options import Stack
from portal.command.pinned_program import continue_in_program
from portal.command.recorded import recorded
from portal.command.verb import Verb, command_name
from portal.graph.mermaid import mermaid

verb = Verb()


@verb.command()
def graph(context: typer.Context, stack: Stack = "local") -> None:
    """Draw the tree of resources that the Pulumi program registers, as a Mermaid flowchart.

    \b
    portal graph > graph.mmd
    """
    found: Context = context.obj
    continue_in_program(found, stack, command_name(context))
    found.out.document(mermaid(recorded(found, stack)), end="")
