"""Show a stack as a diagram, or as a Terraform plan."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from portal.base.errors import SituationError
from portal.command.context import Context
from portal.command.options import Stack
from portal.command.pinned_program import continue_in_program
from portal.command.recorded import recorded
from portal.command.verb import Verb, command_name
from portal.graph.mermaid import mermaid
from portal.graph.model import Graph
from portal.graph.terraform_plan import terraform_plan

verb = Verb()


class Form(StrEnum):
    """What a graph is written as."""

    MERMAID = "mermaid"
    TERRAFORM_PLAN = "terraform-plan"


@verb.command()
def graph(
    context: typer.Context,
    stack: Stack = "local",
    form: Annotated[
        Form,
        typer.Option("--as", help="mermaid, or terraform-plan: the AWS resources as JSON for checkers of Terraform."),
    ] = Form.MERMAID,
) -> None:
    """Draw the tree of resources that the Pulumi program registers, as a Mermaid flowchart.

    With `--as terraform-plan`, print the AWS resources in the format of `terraform show -json`. Checkers such as
    checkov read it without Terraform, Pulumi or an account. It shows no secrets, and Terraform cannot apply it.

    \b
    portal graph > graph.mmd
    portal graph --stack prod --as terraform-plan > plan.json
    checkov --framework terraform_plan --file plan.json
    """
    found: Context = context.obj
    continue_in_program(found, stack, command_name(context))
    drawn = recorded(found, stack)
    found.out.document(mermaid(drawn) if form is Form.MERMAID else _plan(drawn), end="")


def _plan(drawn: Graph) -> str:
    plan = terraform_plan(drawn)
    if not plan["resource_changes"]:
        raise SituationError(f"stack {drawn.stack} has no AWS resources", "name one that has with --stack")
    return f"{json.dumps(plan, indent=2)}\n"
