"""Stop what `up` started; data is kept."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json, Stack
from portal.command.team_stack import down_team_stack
from portal.command.verb import Verb
from portal.deploy.choose_cluster import choose_cluster, forget, recorded_stacks, stack_record
from portal.deploy.cluster import LocalCluster
from portal.deploy.existing_cluster import ExistingCluster
from portal.deploy.pulumi_cli import PulumiCli, local_stack_environment, pulumi_program


class DownAnswer(JsonAnswer):
    """`portal down --json`."""

    stack: str
    """The stack."""

    stopped: bool
    """False where there was nothing to stop."""

    data_deleted: bool
    """Whether its data is gone."""


verb = Verb(answer=DownAnswer)


@verb.command()
def down(
    context: typer.Context,
    stack: Stack = "local",
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete everything that `up` made here, data included.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Stop the stack's cluster. Data is kept, and the next `up` resumes it.

    Of a stack of another target than local, `pulumi destroy` takes what is not protected.

    \b
    portal down
    portal down --delete-data
    """
    if not as_json:
        stop(context.obj, stack, delete_data=delete_data)
        return
    with context.obj.json_only() as answer:
        stopped = stop(context.obj, stack, delete_data=delete_data)
        answer(shown(DownAnswer(stack=stack, stopped=stopped, data_deleted=stopped and delete_data)))


def stop(context: Context, stack: str, *, delete_data: bool) -> bool:
    """Stop the stack's cluster, or its workloads in somebody else's; data stays.

    ``delete_data`` takes everything that ``up`` made for the stack; with the last stack, all of ``.portal/``.
    False where there was nothing to stop.
    """
    plan = context.plan(stack)
    if plan.settings.target != "local":
        down_team_stack(context, plan, delete_data=delete_data)
        return True
    checkout = context.checkout
    known = stack_record(checkout, stack)
    if known is None and not checkout.state.is_dir():
        context.out.print("Nothing to stop: there was no `portal up` in this checkout.")
        return False
    cluster = choose_cluster(checkout, stack, plan.settings)
    program = pulumi_program() if known is not None and known.engine == "pulumi" else None
    pulumi = (
        PulumiCli(program, checkout, stack, local_stack_environment(checkout, stack)) if program is not None else None
    )
    others = [name for name in recorded_stacks(checkout) if name != stack]
    if delete_data:
        _require_alone(cluster, stack, others)
        cluster.delete(context.progress)
        if others and pulumi is not None:
            pulumi.forget()
        _delete(checkout, stack, others)
        context.out.print("Deleted, with all data. What is left are package caches; `portal doctor` lists them.")
        return True
    if pulumi is not None and isinstance(cluster, ExistingCluster):
        # What an engine with a state made is the engine's to remove, or the next `up` believes that it is there.
        pulumi.remove()
    cluster.stop(context.progress)
    context.out.print("Stopped. Everything is kept; `portal up` resumes it.")
    return True


def _delete(checkout: Checkout, stack: str, others: list[str]) -> None:
    if others:
        forget(checkout, stack)
    else:
        shutil.rmtree(checkout.state, ignore_errors=True)


def _require_alone(cluster: LocalCluster, stack: str, others: list[str]) -> None:
    """A cluster of our own goes away whole: not while another stack of this checkout may be in it."""
    if others and not isinstance(cluster, ExistingCluster):
        raise InputError(
            where="portal down",
            key="--delete-data",
            got=f"the cluster of {stack}, while there is {', '.join(others)}",
            allowed="the last stack of a checkout",
            fix=f"run `portal down --delete-data --stack {others[0]}` first",
        )
