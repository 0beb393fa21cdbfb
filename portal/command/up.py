"""``portal up``: from a checkout to a portal that answers."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from threading import Thread
from typing import Any

from portal.base.progress import Progress, seconds
from portal.command.answers import ChangesAnswer, UpAnswer, shown
from portal.command.context import Context
from portal.command.team_stack import up_team_stack
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


def up_json(context: Context, options: UpOptions) -> None:
    """The same, and one object on standard output; progress stays on standard error."""
    with context.json_only() as answer:
        answer(shown(up(context, options)))


def up(context: Context, options: UpOptions) -> UpAnswer:
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
    if waiting := plan.app_config.waiting:
        out.print(f"Ready to connect: {', '.join(waiting)} ({plan.settings.url}/connections says how).")
    out.print(f"{plan.app_config.title} is at {plan.settings.url} ({seconds(took)})", style="bold")


def _answer(plan: Plan, changes: Changes | None, engine: str, took: float) -> UpAnswer:
    return UpAnswer(
        stack=plan.stack,
        title=plan.app_config.title,
        url=plan.settings.url,
        release=plan.release.id,
        engine=engine,
        changes=None if changes is None else ChangesAnswer(**vars(changes)),
        waiting=plan.app_config.waiting,
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
