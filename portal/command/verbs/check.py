"""Run all checks of a deployment, without deploying."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from portal.base.errors import InputError, PortalError, raise_first
from portal.checks import findings
from portal.checks.notices import notices
from portal.command.context import Context
from portal.command.json_answers import FindingAnswer, JsonAnswer, finding, findings_of, shown
from portal.command.options import Json, Stack
from portal.command.verb import Verb
from portal.foundation import FoundationPlan, load_foundation
from portal.plan import Plan, load_plan
from portal.release.release import WORKSPACE, read_portal
from portal.stackfile.read import read_stack_file

if TYPE_CHECKING:  # Pulumi's SDK takes a second to import
    from portal.graph.refusals import Judgment


class CheckAnswer(JsonAnswer):
    """`portal check --json`; with `--all`, one object for each stack. The exit code is 2 if there are findings."""

    stack: str
    """The stack that was checked."""

    findings: tuple[FindingAnswer, ...]
    """All mistakes. Empty for a stack that may be deployed."""

    notices: tuple[str, ...] = ()
    """Entries of lists that `appConfig` removes, keys that it deletes, and rules that the stack's settings do not
    keep, such as to be in more than one zone. Notices do not stop a deployment."""

    plugins: int | None = None
    """The number of plugins; absent if the stack's files could not be read, or if it has no portal."""

    secrets: int | None = None
    """The number of secrets that the stack needs."""

    release: str | None = None
    """The release that the stack deploys."""

    built: bool | None = None
    """Whether the release has an image."""


verb = Verb(answers=(CheckAnswer,))


@verb.command()
def check(
    context: typer.Context,
    stack: Stack = "local",
    every: Annotated[bool, typer.Option("--all", help="Check every stack that has a file.")] = False,
    cluster: Annotated[
        bool,
        typer.Option("--cluster", help="Check the stack's cluster, database and Secrets Manager too."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run all checks of a deployment, without deploying: app-config, secrets, sign-in and more.

    \b
    portal check --stack dev
    portal check --all
    portal check --stack dev --cluster
    portal check --json | jq -r '.findings[].sentence'
    """
    stacks = context.obj.checkout.stack_names() if every else [stack]
    (_answer_all if as_json else _run)(context.obj, stacks, live=cluster)


def _run(context: Context, stacks: Iterable[str], *, live: bool) -> None:
    """Run all checks on stacks, and raise all findings, each once. ``live`` checks their clusters too."""
    found: dict[str, InputError] = {}
    for stack in stacks:
        try:
            foundation = load_foundation(context.checkout, stack)
            if foundation is not None:
                _run_foundation(context, foundation)
                continue
            plan = load_plan(context.checkout, stack)
            errors, advice = _findings(context, plan, live=live)
            raise_first(errors)
        except InputError as error:
            found |= {one.sentence: one for one in (error, *error.others)}
            continue
        for notice in (*notices(plan), *(f"{stack}: {one}" for one in advice)):
            context.errors.print(notice, markup=False)
        built = _built(context, plan)
        context.out.print(
            f"{stack}: {len(plan.plugins)} plugins, {len(plan.needs)} secrets,"
            f" release {plan.release.id} ({built}). No findings."
        )
    raise_first(found.values())


def _run_foundation(context: Context, foundation: FoundationPlan) -> None:
    """The same for what portals share: it has no app-config, no secrets and no release."""
    judgment = _judged(context, foundation)
    raise_first(judgment.refusals)
    for one in judgment.advice:
        context.errors.print(f"{foundation.stack}: {one}", markup=False)
    context.out.print(f"{foundation.stack}: {foundation.summary}. No findings.")


def _judged(context: Context, plan: Plan | FoundationPlan) -> Judgment:
    from portal.graph.refusals import judged  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    return judged(context.checkout, plan)


def _built(context: Context, plan: Plan) -> str:
    """Whether there is an image, and for a checkout also whether it is made from what the checkout has now."""
    if not plan.release.built:
        return "not built yet"
    if plan.release.id != WORKSPACE:
        return "built"
    from portal.image.build import up_to_date_images  # noqa: PLC0415 - hashes what the image is made from

    try:
        built = up_to_date_images(read_portal(context.checkout)[2], context.checkout)
    except (PortalError, OSError):
        # Without a builder or the app's sources, nothing can be built again either.
        return "built"
    return "built" if built is not None else "built, and changed since: `portal up` builds it again"


def _answer_all(context: Context, stacks: Iterable[str], *, live: bool) -> None:
    """The same with ``--json``: one answer for each stack."""
    answers = [_answer(context, stack, live=live) for stack in stacks]
    for answer in answers:
        context.out.document(shown(answer))
    if any(answer.findings for answer in answers):
        sys.exit(2)


def _findings(context: Context, plan: Plan, *, live: bool) -> tuple[list[InputError], tuple[str, ...]]:
    """What the checks find or, if they find nothing, what the Pulumi program, the rules and then the cluster say.

    Last, what the rules say about choices of the stack.
    """
    found = findings(plan)
    if found:
        return _with_live(context, plan, found, live=live), ()
    judgment = _judged(context, plan)
    return _with_live(context, plan, list(judgment.refusals), live=live), judgment.advice


def _with_live(context: Context, plan: Plan, found: list[InputError], *, live: bool) -> list[InputError]:
    if not live and "hooks" not in plan.settings.model_fields_set:
        return found
    # All of a deployment: a third of the time that this verb takes, and most checks need none of it.
    from portal.deploy.live_check import account_findings, live_findings  # noqa: PLC0415
    from portal.deploy.up import check_hooks  # noqa: PLC0415

    file = read_stack_file(context.checkout, plan.stack)
    found = [*found, *check_hooks(plan, file)]
    if not live or found:
        return found
    # AWS first: it can be asked from anywhere, and the cluster often cannot.
    in_account = account_findings(plan, context.progress)
    return in_account or live_findings(context.checkout, plan, file, context.progress)


def _answer(context: Context, stack: str, *, live: bool) -> CheckAnswer:
    """The findings of the checks, or the errors that reading the stack raised."""
    try:
        foundation = load_foundation(context.checkout, stack)
        if foundation is not None:
            judgment = _judged(context, foundation)
            return CheckAnswer(stack=stack, findings=tuple(map(finding, judgment.refusals)), notices=judgment.advice)
        plan = load_plan(context.checkout, stack)
    except InputError as error:
        return CheckAnswer(stack=stack, findings=findings_of(error))
    errors, advice = _findings(context, plan, live=live)
    return CheckAnswer(
        stack=stack,
        findings=tuple(finding(error) for error in errors),
        notices=(*notices(plan), *advice),
        plugins=len(plan.plugins),
        secrets=len(plan.needs),
        release=plan.release.id,
        built=plan.release.built,
    )
