"""Show a stack's diagram, Terraform plan, or longest chain."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from portal.base.errors import InputError, SituationError
from portal.command.context import Context
from portal.command.critical_path_answer import CriticalPathAnswer, critical_path_answer
from portal.command.critical_path_table import show_critical_path
from portal.command.json_answers import shown
from portal.command.options import Json, Stack
from portal.command.pinned_program import continue_in_program
from portal.command.recorded import recorded
from portal.command.verb import Verb, command_name
from portal.graph.critical_path import critical_path
from portal.graph.mermaid import mermaid
from portal.graph.model import Graph
from portal.graph.terraform_plan import terraform_plan

verb = Verb(answers=(CriticalPathAnswer,))


class Form(StrEnum):
    """What a graph is written as."""

    MERMAID = "mermaid"
    TERRAFORM_PLAN = "terraform-plan"


@verb.command()
def graph(
    context: typer.Context,
    stack: Stack = "local",
    form: Annotated[
        Form | None,
        typer.Option(
            "--as",
            help="mermaid (the default), or terraform-plan: the AWS resources as JSON for checkers of Terraform.",
        ),
    ] = None,
    longest: Annotated[
        bool, typer.Option("--critical-path", help="Print the longest chain of creation, with assumed times.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Draw the tree of resources that the Pulumi program registers, as a Mermaid flowchart.

    With `--as terraform-plan`, print the AWS resources in the format of `terraform show -json`. Checkers such as
    checkov read it without Terraform, Pulumi or an account. It shows no secrets, and Terraform cannot apply it.

    With `--critical-path`, print the resources that decide how long it takes to create the stack: each waits for the
    one before it. The times are assumptions, each with its source. Then print the longest chain that waits for nothing
    on the first one. It shows how much a shorter first chain could save at most: a load balancer that takes three
    minutes, for example, costs nothing beside a database that takes twenty.

    \b
    portal graph > graph.mmd
    portal graph --stack prod --as terraform-plan > plan.json
    checkov --framework terraform_plan --file plan.json
    portal graph --stack prod --critical-path
    portal graph --stack prod --critical-path --json | jq .longest.seconds
    """
    found: Context = context.obj
    _require_one_question(form, longest=longest, as_json=as_json)
    continue_in_program(found, stack, command_name(context))
    drawn = recorded(found, stack)
    if not longest:
        found.out.document(_plan(drawn) if form is Form.TERRAFORM_PLAN else mermaid(drawn), end="")
    elif as_json:
        found.out.document(shown(critical_path_answer(stack, critical_path(drawn))))
    else:
        show_critical_path(found, stack, critical_path(drawn))


def _require_one_question(form: Form | None, *, longest: bool, as_json: bool) -> None:
    if longest and form is not None:
        raise InputError(
            where="--as",
            key="",
            got=f"{form.value} together with --critical-path",
            allowed="one of the two",
            fix="leave out --as; for data, use --critical-path --json",
        )
    if as_json and not longest:
        raise InputError(
            where="--json",
            key="",
            got="no --critical-path",
            allowed="--critical-path --json",
            fix="add --critical-path; for the AWS resources as JSON, use --as terraform-plan",
        )


def _plan(drawn: Graph) -> str:
    plan = terraform_plan(drawn)
    if not plan["resource_changes"]:
        raise SituationError(f"stack {drawn.stack} has no AWS resources", "name one that has with --stack")
    return f"{json.dumps(plan, indent=2)}\n"
