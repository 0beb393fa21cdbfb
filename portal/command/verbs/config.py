"""Show the effective app-config of a stack."""

from __future__ import annotations

import difflib
from typing import Annotated

import typer

from portal.command.context import Context
from portal.command.options import Stack
from portal.command.verb import Verb
from portal.plan import load_plan

COLORS = {"+": "green", "-": "red", "@": "cyan"}

verb = Verb()


@verb.command()
def config(
    context: typer.Context,
    stack: Stack = "local",
    against: Annotated[str | None, typer.Option("--against", help="Show a diff from this stack instead.")] = None,
) -> None:
    """Show the effective app-config of a stack, with file names in place of secrets.

    \b
    portal config
    portal config --stack dev --against local
    """
    _show(context.obj, stack, against)


def _show(context: Context, stack: str, against: str | None) -> None:
    own = load_plan(context.checkout, stack).app_config.text
    if against is None:
        context.out.out(own, end="")
        return
    other = load_plan(context.checkout, against).app_config.text
    lines = difflib.unified_diff(other.splitlines(), own.splitlines(), against, stack, lineterm="")
    for line in lines:
        context.out.print(line, style=COLORS.get(line[:1], ""), markup=False)
