"""``portal up``: from a checkout to a portal that answers."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from portal.builder.build import build_images
from portal.clusters.choose import Remembered, choose_cluster, remember, remembered
from portal.clusters.cluster import LocalCluster, Reached
from portal.clusters.existing import ExistingCluster
from portal.command.context import Context
from portal.engines.choose import choose_engine
from portal.engines.kubectl import Changes, apply_graph
from portal.engines.pulumi_cli import PulumiCli, pulumi_program
from portal.errors import InputError, PortalError
from portal.plan import Plan
from portal.preflight.run import require_fit
from portal.progress import Progress, seconds
from portal.releases.images import Images
from portal.releases.release import read_portal
from portal.settings.generated import write_generated_stack
from portal.settings.stack_file import StackFile, stack_decrypter
from portal.smoke import smoke_test


@dataclass(frozen=True)
class UpOptions:
    """What the command line says; None leaves the choice to us, or to the last ``up``."""

    stack: str
    context: str | None = None
    cluster: str | None = None
    engine: str | None = None
    builder: str | None = None


def up(context: Context, options: UpOptions) -> None:
    """Check, build, start a cluster, deploy, wait, look. What did not change is not done again."""
    began = time.monotonic()
    plan = context.checked_plan(options.stack)
    _require_local(plan)
    checkout, progress = context.checkout, context.progress
    cluster = choose_cluster(checkout, plan.stack, plan.settings, context=options.context, kind=options.cluster)
    before = remembered(checkout, plan.stack)
    engine = choose_engine(before.engine if before else None, options.engine)
    cluster.prepare(progress)
    images, reached = _side_by_side(context, cluster, options, progress)
    cluster.load(images, progress)
    remember(checkout, plan.stack, _decision(engine, cluster))
    generated = write_generated_stack(checkout, context.stack_file(plan.stack), reached.settings)
    changes = None
    if engine == "pulumi":
        program = pulumi_program()
        if program is None:
            raise PortalError("pulumi is not on the PATH any more")
        PulumiCli(program, checkout, plan.stack).up(interactive=context.errors.is_terminal)
    else:
        changes = _apply(context, plan, generated, reached, progress)
    cluster.open(plan.settings.namespace.name, "backstage")
    smoke_test(plan.settings.url, str(plan.app_config.data["app"]["title"]), progress)
    _report(context, plan, changes, engine, time.monotonic() - began)


def _side_by_side(
    context: Context, cluster: LocalCluster, options: UpOptions, progress: Progress
) -> tuple[Images, Reached]:
    """Images and cluster at the same time; where one fails, the other's work stays and the failure is told."""
    _, _, composition = read_portal(context.checkout)
    with ThreadPoolExecutor(max_workers=2) as pool:
        images: Future[Images] = pool.submit(
            build_images, composition, context.checkout, progress, builder=options.builder
        )
        reached: Future[Reached] = pool.submit(cluster.start, progress)
    return images.result(), reached.result()


def _apply(context: Context, plan: Plan, generated: StackFile, reached: Reached, progress: Progress) -> Changes:
    """Record the graph with its secrets, in memory only, and apply it."""
    from portal.graph.record import record  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    checkout = context.checkout
    with progress.phase("Read the program"):
        passphrase = checkout.passphrase_file(plan.stack).read_text().strip()
        config, secret_keys = generated.config(stack_decrypter(generated, passphrase))
        graph = record(checkout.root, plan.stack, config, secret_keys, preview=False, reveal=True)
    decided = remembered(checkout, plan.stack)
    made = decided is None or decided.context is None
    require_fit(reached.kubectl, graph, plan, checkout, progress, ours=made)
    return apply_graph(reached.kubectl, graph, plan.settings.namespace.name, progress)


def _decision(engine: str, cluster: LocalCluster) -> Remembered:
    if isinstance(cluster, ExistingCluster):
        return Remembered(engine, cluster.kind, cluster.cluster.context, cluster.cluster.kubeconfig)
    return Remembered(engine, cluster.kind)


def _require_local(plan: Plan) -> None:
    if plan.settings.target != "local":
        raise InputError(
            where=plan.where(("target",)),
            key="portal:target",
            got=plan.settings.target,
            allowed="local, for `portal up`",
            fix=f"run `pulumi up --stack {plan.stack}`",
        )


def _report(context: Context, plan: Plan, changes: Changes | None, engine: str, took: float) -> None:
    out = context.out
    if changes is not None:
        out.print(_summary(changes))
    if engine == "kubectl":
        out.print(
            "Engine: kubectl, as there is no Pulumi CLI on the PATH: no state, no preview; for this machine only.",
            style="dim",
        )
    waiting = [p.record.connection.service for p in plan.app_config.plugins.values() if p.waits and p.record.connection]
    if waiting:
        out.print(f"Ready to connect: {', '.join(waiting)} ({plan.settings.url}/connections says how).")
    out.print(f"{plan.app_config.data['app']['title']} is at {plan.settings.url} ({seconds(took)})", style="bold")


def _summary(changes: Changes) -> str:
    if changes.none:
        return f"Nothing changed ({changes.unchanged} objects)."
    parts = [
        f"{word} {', '.join(names)}" if len(names) <= 6 else f"{word} {len(names)} objects"
        for word, names in (("created", changes.created), ("changed", changes.changed), ("deleted", changes.deleted))
        if names
    ]
    return f"{'; '.join(parts).capitalize()}; {changes.unchanged} unchanged."
