"""What portals of one AWS account share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal.base.files import write_whole
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json, Stack
from portal.command.verb import Verb
from portal.deploy.foundation_outputs import (
    choose_foundation,
    deployed_outputs,
    require_portal_on_aws,
    with_place,
    written_outputs,
)
from portal.stackfile.read import read_stack_file


class ExportAnswer(JsonAnswer):
    """`portal foundation export --json`."""

    stack: str
    """The portal's stack."""

    file: str
    """Its file."""

    changed: bool
    """Whether the file had something else before."""


verb = Verb(answers=(ExportAnswer,), group_help=__doc__)


@verb.callback()
def foundation() -> None:
    """What portals of one AWS account share: network, cluster, registry, and who deploys.

    The target aws-foundation makes it, in a stack of its own. Deploy that stack with `pulumi up`.
    """


@verb.writer("export")
def foundation_export(
    context: typer.Context,
    stack: Stack,
    source: Annotated[
        str | None, typer.Option("--from", help="The foundation's stack. Default: the only one.", metavar="STACK")
    ] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(
            "--outputs", help="A file with what `pulumi stack output --json` prints. Default: Pulumi is asked."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write what a deployed foundation made into the file of a portal's stack, as `portal:aws`.

    The stack then names plain ids, so it needs neither the foundation's stack nor its state. Comments, and everything
    else in the file, stay. Run it again after the foundation has changed.

    \b
    pulumi up --stack foundation
    portal foundation export --stack prod
    portal foundation export --stack prod --outputs outputs.json
    """
    found: Context = context.obj
    file = read_stack_file(found.checkout, stack)
    require_portal_on_aws(file)
    if outputs is not None:
        where, given = str(outputs), written_outputs(outputs)
    else:
        name = choose_foundation(found.checkout, source)
        where, given = f"the outputs of {name}", deployed_outputs(found.checkout, name, found.progress)
    text = with_place(file, given, where)
    changed = text != file.path.read_text("utf-8")
    if changed:
        write_whole(file.path, text)
    name = found.checkout.relative(file.path)
    if as_json:
        found.out.document(shown(ExportAnswer(stack=stack, file=str(name), changed=changed)))
    else:
        found.out.print(f"Wrote portal:aws into {name}. Commit it." if changed else f"{name} has the same already.")
