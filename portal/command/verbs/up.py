"""From a checkout to a portal that answers."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from threading import Thread
from typing import Annotated, Any

import typer

from portal.base.progress import Progress, seconds
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Builder, Json, Stack
from portal.command.team_stack import up_team_stack
from portal.command.verb import Verb
from portal.deploy.choose_cluster import StackRecord, choose_cluster, stack_record, write_stack_record
from portal.deploy.choose_engine import choose_engine
from portal.deploy.cluster import LocalCluster, RunningCluster
from portal.deploy.existing_cluster import ExistingCluster
from portal.deploy.kubectl_engine import Changes, Versions, apply_graph, read_versions
from portal.deploy.last_apply import last_apply, nothing_to_do, write_last_apply
from portal.deploy.options import UpOptions
from portal.deploy.pulumi_cli import PulumiCli, local_stack_environment
from portal.deploy.pulumi_download import download_pulumi
from portal.graph.model import Graph
from portal.image.build import build_images
from portal.plan import Plan
from portal.preflight.run import require_fit
from portal.probe.smoke import smoke_test
from portal.release.images import Images
from portal.release.release import read_portal
from portal.stackfile.generated import opened_configuration, write_generated_stack


class ChangesAnswer(JsonAnswer):
    """What an apply did, as `kind/name`."""

    created: tuple[str, ...]
    """New objects."""

    changed: tuple[str, ...]
    """Objects that differ from before."""

    deleted: tuple[str, ...]
    """Objects that are no longer wanted."""

    unchanged: int
    """How many stayed as they were."""


class UpAnswer(JsonAnswer):
    """`portal up --json`: the portal answers."""

    stack: str
    """The stack."""

    title: str
    """The portal's name."""

    url: str
    """Where it answers."""

    release: str
    """The release that was deployed."""

    engine: str
    """`pulumi` or `kubectl`."""

    changes: ChangesAnswer | None = None
    """What changed; absent with `pulumi`, whose own account is on standard error."""

    not_connected: tuple[str, ...]
    """Services that are not connected yet."""

    seconds: float
    """How long it took."""


verb = Verb(answer=UpAnswer)


@verb.command()
def up(
    context: typer.Context,
    stack: Stack = "local",
    kube_context: Annotated[
        str | None, typer.Option("--context", help="Use the cluster of this kubeconfig context.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="node (our own) or kind; default: kind where docker or podman runs.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            help="pulumi or kubectl; default: pulumi, and kubectl where its CLI is neither here nor to be had.",
        ),
    ] = None,
    builder: Builder = None,
    as_json: Json = False,
) -> None:
    """Build what changed, start a cluster if there is none, deploy, wait, and print the address.

    A stack of another target than local is deployed by the Pulumi CLI, with your own backend, into the cluster that its
    file names.

    The first run on a bare machine builds Kubernetes itself and takes up to 25 minutes on two cores; later ones take
    seconds. Nothing is asked: what nobody needs to choose is generated under .portal/.

    \b
    portal up
    portal up --context kind-mine
    """
    options = UpOptions(stack, kube_context, cluster, engine, builder)
    if not as_json:
        deploy(context.obj, options)
        return
    # Progress stays on standard error.
    with context.obj.json_only() as answer:
        answer(shown(deploy(context.obj, options)))


def deploy(context: Context, options: UpOptions) -> UpAnswer:
    """Check, build, start a cluster, deploy, wait, look. What did not change is not done again."""
    began = time.monotonic()
    plan = context.checked_plan(options.stack)
    if plan.settings.target != "local":
        return _answer(plan, None, "pulumi", up_team_stack(context, plan, options))
    checkout, progress = context.checkout, context.progress
    if last_apply(checkout, plan.stack) is None:
        Thread(target=_import_ahead).start()
    cluster = choose_cluster(checkout, plan.stack, plan.settings, context=options.context, kind=options.cluster)
    before = stack_record(checkout, plan.stack)
    engine = choose_engine(before.engine if before else None, options.engine, progress, download_pulumi)
    cluster.prepare(progress)
    images, reached = build_and_start(context, cluster, options, progress)
    cluster.load(images, progress)
    write_stack_record(checkout, plan.stack, _decision(engine.name, cluster))
    write_generated_stack(checkout, context.stack_file(plan.stack), reached.settings)
    changes = None
    if engine.pulumi is not None:
        _fitting_graph(context, plan, reached, replaces=True)
        cli = PulumiCli(engine.pulumi, checkout, plan.stack, local_stack_environment(checkout, plan.stack))
        cli.deploy(interactive=context.errors.is_terminal)
    else:
        changes = nothing_to_do(checkout, plan.stack, reached.kubectl) or _apply(context, plan, reached)
    cluster.open(plan.settings.namespace.name, "backstage")
    smoke_test(plan.settings.url, plan.app_config.title, progress)
    took = time.monotonic() - began
    _report(context, plan, changes, engine.name, took)
    return _answer(plan, changes, engine.name, took)


def _import_ahead() -> None:
    from portal.graph.recorder import import_ahead  # noqa: PLC0415 - a second, in a thread of its own

    import_ahead()


def build_and_start(
    context: Context, cluster: LocalCluster, options: UpOptions, progress: Progress
) -> tuple[Images, RunningCluster]:
    """Images and cluster at the same time; where one fails, the other's work stays and the failure is told."""
    _, _, composition = read_portal(context.checkout)
    with ThreadPoolExecutor(max_workers=2) as pool:
        images: Future[Images] = pool.submit(
            build_images, composition, context.checkout, progress, builder=options.builder
        )
        reached: Future[RunningCluster] = pool.submit(cluster.start, progress)
        both: list[Future[Any]] = [images, reached]
        ended = wait(both, return_when=FIRST_EXCEPTION)
        for error in [future.exception() for future in ended.done if ended.not_done]:
            first_line = str(error).partition("\n")[0]
            progress.note(f"{first_line} (what runs beside it goes on to its end)")
    return images.result(), reached.result()


def _apply(context: Context, plan: Plan, reached: RunningCluster) -> Changes:
    """Apply the stack's graph; the cluster is asked meanwhile what it has."""
    checkout, progress = context.checkout, context.progress
    with ThreadPoolExecutor(max_workers=1) as pool:
        before: Future[Versions] = pool.submit(read_versions, reached.kubectl, plan.stack)
        graph = _fitting_graph(context, plan, reached, replaces=False)
    changes = apply_graph(reached.kubectl, graph, plan.settings.namespace.name, progress, before.result())
    if not graph.of_type("HTTPRoute"):
        write_last_apply(checkout, plan.stack, reached.kubectl)
    return changes


def _fitting_graph(context: Context, plan: Plan, reached: RunningCluster, *, replaces: bool) -> Graph:
    """The stack's graph with its secrets, in memory only. Refused before anything is applied where it does not fit."""
    from portal.graph.recorder import record  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    checkout, progress = context.checkout, context.progress
    with progress.phase("Read the program"):
        config, secret_keys = opened_configuration(checkout, plan.stack)
        graph = record(checkout.root, plan.stack, config, secret_keys, preview=False, reveal=True)
    decided = stack_record(checkout, plan.stack)
    made = decided is None or decided.context is None
    require_fit(reached.kubectl, graph, plan, checkout, progress, ours=made, replaces=replaces)
    return graph


def _decision(engine: str, cluster: LocalCluster) -> StackRecord:
    if isinstance(cluster, ExistingCluster):
        return StackRecord(engine, cluster.kind, cluster.cluster.context, cluster.cluster.kubeconfig)
    return StackRecord(engine, cluster.kind)


def _report(context: Context, plan: Plan, changes: Changes | None, engine: str, took: float) -> None:
    out = context.out
    if changes is not None:
        out.print(_summary(changes))
    if engine == "kubectl":
        out.print("DeployEngine: kubectl, not Pulumi: no state, no preview; for this machine only.", style="dim")
    if not_connected := plan.app_config.waiting:
        out.print(f"Not connected: {', '.join(not_connected)} ({plan.settings.url}/connections says how).")
    out.print(f"{plan.app_config.title} is at {plan.settings.url} ({seconds(took)})", style="bold")


def _answer(plan: Plan, changes: Changes | None, engine: str, took: float) -> UpAnswer:
    return UpAnswer(
        stack=plan.stack,
        title=plan.app_config.title,
        url=plan.settings.url,
        release=plan.release.id,
        engine=engine,
        changes=None if changes is None else ChangesAnswer(**vars(changes)),
        not_connected=plan.app_config.waiting,
        seconds=round(took, 2),
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
