"""Stop what `up` started. Keeps data."""

from __future__ import annotations

from typing import Annotated

import typer

from portal.command.context import Context
from portal.command.deployment_of import deployment_of
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json, Stack
from portal.command.step_answers import StepAnswer, step_answers
from portal.command.verb import Verb
from portal.deploy.down import Stopped
from portal.deploy.down import down as run_down
from portal.deploy.options import UpOptions


class DownAnswer(JsonAnswer):
    """`portal down --json`."""

    stack: str
    """The stack."""

    stopped: bool
    """False if there was nothing to stop."""

    data_deleted: bool
    """Whether the data was deleted."""

    steps: tuple[StepAnswer, ...]
    """The steps in order, and how long each took."""


verb = Verb(answers=(DownAnswer,))


@verb.writer()
def down(
    context: typer.Context,
    stack: Stack = "local",
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete everything that `up` made, including data.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Stop the stack and its cluster. Keeps data; the next `up` starts it again.

    If you named the cluster, or if another stack runs in it, the cluster stays: only this stack is stopped or deleted.

    For team stacks (any target but local), this runs `pulumi destroy`, which deletes everything that is not protected.

    \b
    portal down
    portal down --delete-data
    """
    if not as_json:
        stop(context.obj, stack, delete_data=delete_data)
        return
    with context.obj.json_only() as answer:
        done = stop(context.obj, stack, delete_data=delete_data)
        found = DownAnswer(
            stack=stack,
            stopped=done.stopped,
            data_deleted=done.stopped and delete_data,
            steps=step_answers(done.steps),
        )
        answer(shown(found))


def stop(context: Context, stack: str, *, delete_data: bool) -> Stopped:
    """Run the steps that stop the stack, and print the result."""
    done = run_down(deployment_of(context, UpOptions(stack), complete=False), delete_data=delete_data)
    context.out.print(done.message)
    return done
