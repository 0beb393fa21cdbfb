"""Show what a change would do to every stack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from portal.command.context import Context
from portal.command.json_answers import shown
from portal.command.options import Json
from portal.command.preview_answers import PreviewAnswer, preview_answer
from portal.command.verb import Verb
from portal.graph.preview.comparison import StackChange, compare
from portal.graph.preview.lines import details, headline
from portal.graph.preview.markdown import comment, summary
from portal.graph.preview.sides import both_sides
from portal.stackfile.program import preparing

verb = Verb(answers=(PreviewAnswer,))


@verb.command()
def preview(
    context: typer.Context,
    base: Annotated[
        str, typer.Option("--base", help="Compare with the merge base of HEAD and this branch or commit.")
    ] = "origin/main",
    comment_file: Annotated[
        Path | None,
        typer.Option("--comment", help="Also write the preview as Markdown to this file, at most 60,000 characters."),
    ] = None,
    summary_file: Annotated[
        Path | None, typer.Option("--summary", help="Also append the whole preview as Markdown to this file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a change would do to every stack, without a cluster, an account or a secret.

    It compares the stacks in this checkout, uncommitted changes included, with those at another commit, in two parts.
    `on merge` is what this change adds to the next `portal up` of a stack. `with the next release` is for stacks with a
    committed release: what they would get from a release of this checkout.

    Each side is computed with its own code, and with the Python packages of this checkout. The command does not decrypt
    secrets. It compares their names and encrypted values.

    \b
    portal preview --base origin/main
    portal preview --base HEAD~1 --comment preview.md
    """
    _run(context.obj, base, comment_file, summary_file, as_json=as_json)


def _run(context: Context, base: str, comment_file: Path | None, summary_file: Path | None, *, as_json: bool) -> None:
    phase = context.progress.phase("Record the stacks at both commits")
    with preparing(context.checkout, "portal preview"), phase:
        sides = both_sides(context.checkout, base)
    changes = compare(sides)
    if comment_file is not None:
        comment_file.write_text(comment(changes, sides.base), "utf-8")
    if summary_file is not None:
        with summary_file.open("a", encoding="utf-8") as file:
            file.write(summary(changes, sides.base))
    if as_json:
        context.out.document(shown(preview_answer(changes, sides.base)))
        return
    context.out.print(f"Compared with commit {sides.base[:12]}.")
    _print(context, changes)


def _print(context: Context, changes: Sequence[StackChange]) -> None:
    for change in changes:
        context.out.print(headline(change), style="" if change.is_empty else "bold")
        for warning in change.warnings:
            context.changed(f"! {warning}", indent="  ")
        for section in details(change):
            context.out.print(f"  {section.title}:")
            for line in section.lines:
                context.changed(line, indent="    ")
