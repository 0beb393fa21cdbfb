"""Render the Kubernetes manifests of a stack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal.command.context import Context
from portal.command.options import Stack
from portal.command.pinned_program import continue_in_program
from portal.command.recorded import recorded
from portal.command.verb import Verb, command_name
from portal.graph.manifests import manifest_files, write_manifests

verb = Verb()


@verb.command()
def render(
    context: typer.Context,
    stack: Stack = "local",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write a file for each resource to this folder.")
    ] = None,
) -> None:
    """Render the Kubernetes manifests of a stack. Needs no cluster, and leaves out values of secrets.

    \b
    portal render --out manifests
    """
    continue_in_program(context.obj, stack, command_name(context))
    write(context.obj, stack, out)


def write(context: Context, stack: str, folder: Path | None) -> None:
    """Write the manifests to a folder, or print them."""
    graph = recorded(context, stack)
    if folder is None:
        for name, text in manifest_files(graph).items():
            context.out.document(f"---\n# {name}\n{text}", end="")
        return
    files = write_manifests(graph, folder)
    context.out.print(f"Wrote {len(files)} manifests to {folder}.")
