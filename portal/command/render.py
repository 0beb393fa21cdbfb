"""``portal render`` and ``portal graph``: the program's resources, without an engine."""

from __future__ import annotations

from pathlib import Path

from portal.command.context import Context
from portal.graph.manifests import manifest_files, write_manifests
from portal.graph.mermaid import mermaid
from portal.graph.model import Graph
from portal.stackfile.generated import checked_configuration


def recorded(context: Context, stack: str) -> Graph:
    """A stack's graph as a preview would see it, checked first; no secret's value is read."""
    from portal.graph.recorder import record  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    context.checked_plan(stack)
    config, secret_keys = checked_configuration(context.checkout, context.stack_file(stack))
    return record(context.checkout.root, stack, config, secret_keys)


def render(context: Context, stack: str, folder: Path | None) -> None:
    """Write the manifests to a folder, or print them."""
    graph = recorded(context, stack)
    if folder is None:
        for name, text in manifest_files(graph).items():
            context.out.out(f"---\n# {name}\n{text}", end="")
        return
    files = write_manifests(graph, folder)
    context.out.print(f"Wrote {len(files)} manifests to {folder}.")


def draw(context: Context, stack: str) -> None:
    """Print the tree as a mermaid flowchart."""
    context.out.out(mermaid(recorded(context, stack)), end="")
