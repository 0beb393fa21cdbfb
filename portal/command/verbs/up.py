"""Build, deploy, and wait until the portal answers."""

from __future__ import annotations

from typing import Annotated

import typer

from portal.base.errors import InputError
from portal.base.progress import seconds
from portal.command.context import Context
from portal.command.deployment_of import deployment_of
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Builder, Json, Stack
from portal.command.pinned_program import continue_in_program
from portal.command.stack_like import LikeOptions, prepare_file
from portal.command.step_answers import StepAnswer, step_answers
from portal.command.verb import Verb, command_name
from portal.deploy.engine import Changes
from portal.deploy.options import UpOptions
from portal.deploy.up import Deployed
from portal.deploy.up import up as run_up
from portal.plan import Plan, load_plan
from portal.stack.connections import secret_command


class ChangesAnswer(JsonAnswer):
    """What an apply did, as `kind/name`."""

    created: tuple[str, ...]
    """New objects."""

    changed: tuple[str, ...]
    """Changed objects."""

    deleted: tuple[str, ...]
    """Deleted objects."""

    unchanged: int
    """The number of unchanged objects."""


class UpAnswer(JsonAnswer):
    """`portal up --json`, once the portal answers."""

    stack: str
    """The stack."""

    title: str
    """The portal's name."""

    url: str
    """The portal's address."""

    release: str
    """The release that was deployed."""

    engine: str
    """`pulumi` or `kubectl`."""

    changes: ChangesAnswer | None = None
    """What changed; absent with `pulumi`, which reports its changes on standard error."""

    not_connected: tuple[str, ...]
    """Services that are not connected yet."""

    steps: tuple[StepAnswer, ...]
    """The steps in order, and how long each took."""

    seconds: float
    """How long it took."""


verb = Verb(answers=(UpAnswer,))


@verb.writer(own_lock=True)
def up(  # noqa: PLR0913, PLR0917 - a parameter is an option
    context: typer.Context,
    stack: Stack = "local",
    kube_context: Annotated[
        str | None, typer.Option("--context", help="Use the cluster of this kubeconfig context.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", help="node (the local node) or kind. Default: kind if docker or podman runs."),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            help="pulumi or kubectl. Default: pulumi, or kubectl if there is no CLI and its download fails.",
        ),
    ] = None,
    builder: Builder = None,
    like: Annotated[
        str | None,
        typer.Option("--like", metavar="OTHER", help="If the stack has no file, make one like that of OTHER."),
    ] = None,
    ttl: Annotated[
        str | None,
        typer.Option("--ttl", metavar="3d", help="With --like: end the stack this long after its last `up` (12h, 3d)."),
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="With --like: the address of the new stack.")] = None,
    release: Annotated[
        str | None,
        typer.Option("--release", metavar="ID", help="With --like: the release to deploy. Default: this checkout."),
    ] = None,
    file_only: Annotated[
        bool, typer.Option("--file-only", help="With --like: write the stack's file, and deploy nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build what changed, start a cluster if the stack has none, deploy, wait, and print the address.

    Team stacks (any target but local) are deployed by the Pulumi CLI, with your own backend, into the cluster that the
    stack's file names. If the file has `portal:program`, the code of that commit deploys the stack.

    On a machine without Docker or Podman, the first run builds Kubernetes and takes up to 25 minutes on two cores.
    Later runs take seconds. For local stacks, the command asks no questions, and keeps generated secrets in .portal/.

    With --like, the stack's file is made from another one's: with a namespace, an address and an empty database of its
    own, with generated secrets, and without those that people have stored. With --ttl it ends, and each later `up`
    moves its end. `portal expire` removes the stacks that have ended, with their data and files.

    \b
    portal up
    portal up --context kind-mine
    portal up --stack pr-123 --like dev --ttl 3d
    """
    found: Context = context.obj
    if file_only and as_json:
        raise InputError(
            where="--json", key="", got="--file-only as well", allowed="one of them", fix="leave --json out"
        )
    continue_in_program(found, stack, command_name(context))
    options = UpOptions(stack, kube_context, cluster, engine, builder)
    with found.only_writer(command_name(context)):
        prepare_file(found, stack, LikeOptions(like, ttl, url, release))
        if file_only:
            _show_file(found, stack)
            return
        if not as_json:
            deploy(found, options)
            return
        # Progress stays on standard error.
        with found.json_only() as answer:
            answer(shown(deploy(found, options)))


def _show_file(context: Context, stack: str) -> None:
    """What is still to be done before the stack can be deployed."""
    out = context.out
    out.print(f"{context.checkout.relative(context.checkout.stack_file(stack))} is there.")
    # The generated ones of a local stack are made by `up`.
    missing = load_plan(context.checkout, stack, complete=False).missing_secrets
    for need in missing:
        out.print(f"{need.name} is missing. Store it with {secret_command(need.name, stack)}.")
    out.print(f"Then deploy it: portal up --stack {stack}" if missing else f"Deploy it: portal up --stack {stack}")


def deploy(context: Context, options: UpOptions) -> UpAnswer:
    """Run the steps of the stack, and print the result."""
    deployment = deployment_of(context, options)
    deployed = run_up(deployment)
    _report(context, deployment.plan, deployed)
    return _answer(deployment.plan, deployed)


def _report(context: Context, plan: Plan, deployed: Deployed) -> None:
    out = context.out
    if deployed.changes is not None:
        out.print(_summary(deployed.changes))
    if deployed.remark is not None:
        out.print(deployed.remark, style="dim")
    if not plan.target.team and (not_connected := plan.resolved.not_connected):
        out.print(f"Not connected: {', '.join(not_connected)} ({plan.settings.url}/connections says how).")
    out.print(f"{plan.app_config.title} is at {plan.settings.url} ({seconds(deployed.seconds)})", style="bold")


def _answer(plan: Plan, deployed: Deployed) -> UpAnswer:
    return UpAnswer(
        stack=plan.stack,
        title=plan.app_config.title,
        url=plan.settings.url,
        release=plan.release.id,
        engine=deployed.engine,
        changes=None if deployed.changes is None else ChangesAnswer(**vars(deployed.changes)),
        not_connected=plan.resolved.not_connected,
        steps=step_answers(deployed.steps),
        seconds=round(deployed.seconds, 2),
    )


def _summary(changes: Changes) -> str:
    if changes.none:
        return f"Nothing changed ({changes.unchanged} objects)."
    parts = [
        f"{word} {', '.join(names)}" if len(names) <= 6 else f"{word} {len(names)} objects"
        for word, names in (("created", changes.created), ("changed", changes.changed), ("deleted", changes.deleted))
        if names
    ]
    return f"{'; '.join(parts).capitalize()}; {changes.unchanged} unchanged."
