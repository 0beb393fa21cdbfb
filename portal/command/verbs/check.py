"""All checks of a deployment, without deploying."""

from __future__ import annotations

import difflib
import sys
from typing import Annotated

import typer

from portal.base.errors import InputError, raise_first
from portal.checks import findings
from portal.command.context import Context
from portal.command.json_answers import FindingAnswer, JsonAnswer, finding, findings_of, shown
from portal.command.live_check import live_findings
from portal.command.options import Json, Stack
from portal.command.verb import Verb
from portal.plan import Plan


class CheckAnswer(JsonAnswer):
    """`portal check --json`. Exit code 2 where there are findings."""

    stack: str
    """The stack that was checked."""

    findings: tuple[FindingAnswer, ...]
    """Every mistake; empty for a stack that may be deployed."""

    plugins: int | None = None
    """How many plugins it has; absent where its files could not be read."""

    secrets: int | None = None
    """How many secrets it needs."""

    release: str | None = None
    """The release that it points to."""

    built: bool | None = None
    """Whether that release has an image."""


verb = Verb(answer=CheckAnswer)


@verb.command()
def check(
    context: typer.Context,
    stack: Stack = "local",
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Ask the stack's cluster and database too; changes nothing there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """All checks that a deployment runs, without deploying: app-config against its schema, secrets, guards.

    \b
    portal check --stack dev
    portal check --stack dev --cluster
    portal check --json | jq -r '.findings[].sentence'
    """
    _run(context.obj, stack, live=cluster, as_json=as_json)


def _run(context: Context, stack: str, *, live: bool, as_json: bool) -> None:
    """Run all checks on a stack; findings are errors, and for machines the answer. ``live`` asks its cluster too."""
    if as_json:
        found = _answer(context, stack, live=live)
        context.out.out(shown(found))
        if found.findings:
            sys.exit(2)
        return
    plan = context.plan(stack)
    raise_first(_findings(context, plan, live=live))
    built = "built" if plan.release.built else "not built yet"
    context.out.print(
        f"{stack}: {len(plan.app_config.plugins)} plugins, {len(plan.needs)} secrets,"
        f" release {plan.release.id} ({built}). No findings."
    )


def _findings(context: Context, plan: Plan, *, live: bool) -> list[InputError]:
    """What the checks find; where they find nothing, what the cluster says."""
    found = findings(plan)
    return live_findings(context, plan) if live and not found else found


def _answer(context: Context, stack: str, *, live: bool) -> CheckAnswer:
    """The findings of the checks, or those of reading what is checked."""
    try:
        plan = context.plan(stack)
    except InputError as error:
        return CheckAnswer(stack=stack, findings=findings_of(error))
    return CheckAnswer(
        stack=stack,
        findings=tuple(finding(error) for error in _findings(context, plan, live=live)),
        plugins=len(plan.app_config.plugins),
        secrets=len(plan.needs),
        release=plan.release.id,
        built=plan.release.built,
    )


def show_config(context: Context, stack: str, against: str | None) -> None:
    """Print a stack's app-config, or its difference to another stack's. Secrets are names of files."""
    own = context.plan(stack).app_config.text
    if against is None:
        context.out.out(own, end="")
        return
    other = context.plan(against).app_config.text
    lines = difflib.unified_diff(other.splitlines(), own.splitlines(), against, stack, lineterm="")
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in lines:
        context.out.print(line, style=colours.get(line[:1], ""), markup=False)
