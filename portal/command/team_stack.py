"""``portal up`` and ``portal down`` of a stack that others deploy too: the Pulumi CLI with the user's own backend.

The stack's file, its secrets provider and its backend are what `pulumi up --stack` by hand would use; nothing is
generated and no cluster is started. The engine is always Pulumi's: its state is what the next person goes on from.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from portal.base.errors import InputError, raise_first
from portal.base.progress import Progress, seconds
from portal.checks.image import check_image
from portal.command.context import Context
from portal.command.live_check import live_findings
from portal.deploy.choose_engine import no_pulumi
from portal.deploy.existing_cluster import ExistingCluster
from portal.deploy.options import UpOptions
from portal.deploy.pulumi_cli import PulumiCli, pulumi_program, team_stack_environment
from portal.deploy.pulumi_download import DownloadError, download_pulumi
from portal.models.scalars import is_loopback
from portal.plan import Plan
from portal.probe.smoke import smoke_test
from portal.stackfile.generated import SECRETS_KEY
from portal.stackfile.read import StackFile, is_secret


def up_team_stack(context: Context, plan: Plan, options: UpOptions) -> float:
    """Deploy a plan that every check has accepted, wait, look; returns the seconds that it took. Builds nothing."""
    began = time.monotonic()
    _require_no_choice(plan, options)
    raise_first([*check_image(plan), *_missing_secrets(plan, context.stack_file(plan.stack))])
    cli = _cli(context, plan)
    cli.require_stack()
    _preflight(context, plan)
    cli.up(interactive=_somebody_answers())
    cluster = _forwarded(context, plan)
    if cluster is not None:
        cluster.open(plan.settings.namespace.name, "backstage")
    smoke_test(plan.settings.url, plan.app_config.title, context.progress)
    took = time.monotonic() - began
    context.out.print(f"{plan.app_config.title} is at {plan.settings.url} ({seconds(took)})", style="bold")
    return took


def down_team_stack(context: Context, plan: Plan, *, delete_data: bool) -> None:
    """Remove what is not protected. Data that others use is nothing that this command deletes."""
    if delete_data:
        raise InputError(
            where="portal down",
            key="--delete-data",
            got=f"{plan.stack}, a stack of the target {plan.settings.target}",
            allowed="a stack of this machine",
            fix="write `portal:database: {keep: false}` into its file and run `portal up`, which lifts the protection",
        )
    cluster = _forwarded(context, plan)
    if cluster is not None:
        cluster.close()
    cli = _cli(context, plan)
    cli.require_stack()
    cli.destroy(interactive=_somebody_answers())
    context.out.print("Removed. What is protected stays in the cluster and in the state; `portal up` resumes it.")


def _preflight(context: Context, plan: Plan) -> None:
    """What only the live cluster can say. Pulumi needs no kubectl; looking does."""
    if shutil.which("kubectl") is None:
        context.progress.note("The cluster was not looked at before: kubectl is not on the PATH.")
        return
    raise_first(live_findings(context, plan))


def _require_no_choice(plan: Plan, options: UpOptions) -> None:
    """A stack that others deploy too says everything itself: what one command line chose, the next would not know."""
    file = f"stacks/Pulumi.{plan.stack}.yaml"
    if options.engine not in {None, "pulumi"}:
        raise InputError(
            where="--engine",
            key="",
            got=f"{options.engine}, for a stack of the target {plan.settings.target}",
            allowed="pulumi: others need its state",
            fix="leave --engine out",
        )
    for option, given, instead in (
        ("--context", options.context, f"write `portal:cluster: {{context: ...}}` into {file}"),
        ("--cluster", options.cluster, f"write `portal:cluster: {{context: ...}}` into {file}"),
        ("--builder", options.builder, "run `portal build --push` first, and pin the release that it prints"),
    ):
        if given is not None:
            raise InputError(
                where=option,
                key="",
                got=f'"{given}", for a stack of the target {plan.settings.target}',
                allowed="a stack of this machine",
                fix=instead,
            )


def _missing_secrets(plan: Plan, file: StackFile) -> Iterator[InputError]:
    """What is generated for a stack of this machine has to stand, encrypted, in the file of one for others."""
    given = file.values.get(SECRETS_KEY)
    if given is not None and is_secret(given):
        return
    for name, need in plan.needs.items():
        if need.generated and (not isinstance(given, dict) or name not in given):
            yield InputError(
                where=plan.where(("secrets",)),
                key=f"{SECRETS_KEY}.{name}",
                got="nothing",
                allowed=need.description,
                fix=f"run `portal secrets init --stack {plan.stack}`, and commit the file",
            )


def _cli(context: Context, plan: Plan) -> PulumiCli:
    return PulumiCli(_program(context.progress), context.checkout, plan.stack, team_stack_environment())


def _program(progress: Progress) -> Path:
    try:
        return pulumi_program() or download_pulumi(progress)
    except DownloadError as error:
        raise no_pulumi(error) from error


def _forwarded(context: Context, plan: Plan) -> ExistingCluster | None:
    """The cluster of a stack whose address is this machine's own: kubectl has to bring the portal there."""
    settings = plan.settings
    if settings.cluster is None or not is_loopback(settings.url):
        return None
    return ExistingCluster(context.checkout, settings.cluster, settings.url, plan.stack, settings.namespace)


def _somebody_answers() -> bool:
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
