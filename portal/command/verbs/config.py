"""Show the effective app-config of a stack."""

from __future__ import annotations

from typing import Annotated

import typer

from portal.base.difference import differences
from portal.command.context import Context
from portal.command.options import Stack
from portal.command.pinned_program import continue_in_program
from portal.command.verb import Verb, command_name
from portal.plan import load_plan

verb = Verb()


@verb.command()
def config(
    context: typer.Context,
    stack: Stack = "local",
    against: Annotated[str | None, typer.Option("--against", help="Show what differs from this stack instead.")] = None,
) -> None:
    """Show the effective app-config of a stack, with file names in place of secrets.

    \b
    portal config
    portal config --stack dev --against local
    """
    if against is None:
        continue_in_program(context.obj, stack, command_name(context))
    _show(context.obj, stack, against)


def _show(context: Context, stack: str, against: str | None) -> None:
    own = load_plan(context.checkout, stack).app_config
    if against is None:
        context.out.document(own.text, end="")
        return
    other = load_plan(context.checkout, against).app_config
    found = list(differences(other.data, own.data))
    if not found:
        context.out.print(f"{stack} and {against} have the same app-config.")
        return
    for line in (f"--- {against}", f"+++ {stack}", *(one.line for one in found)):
        context.changed(line)
