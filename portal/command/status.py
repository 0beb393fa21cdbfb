"""``portal status``: what runs, which release, what is connected."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from portal.clusters.choose import choose_cluster, remembered
from portal.command.context import Context
from portal.plan import Plan
from portal.smoke import fetch


@dataclass(frozen=True)
class Status:
    """A stack as it is now. ``answers`` is what its address says about itself."""

    stack: str
    title: str
    url: str
    answers: bool
    release: str
    image: str
    engine: str | None
    cluster: str | None
    cluster_runs: bool
    connected: tuple[str, ...]
    waiting: tuple[str, ...]
    disabled: tuple[str, ...]


def status(context: Context, stack: str, *, as_json: bool) -> None:
    """Print a stack's status, for people or for machines."""
    found = read_status(context, context.plan(stack))
    if as_json:
        context.out.out(json.dumps(asdict(found), indent=1))
        return
    lines = [
        ("portal", f"{found.title} at {found.url}: {'answers' if found.answers else 'does not answer'}"),
        ("release", f"{found.release} ({found.image})"),
        ("cluster", f"{found.cluster or 'none yet'}{'' if found.cluster_runs or not found.cluster else ', stopped'}"),
        ("engine", found.engine or "decided at the first `portal up`"),
        ("connected", ", ".join(found.connected) or "nothing yet"),
        ("ready to connect", ", ".join(found.waiting) or "nothing left"),
    ]
    if found.disabled:
        lines.append(("switched off", ", ".join(found.disabled)))
    for name, value in lines:
        context.out.print(f"{name:17} {value}", markup=False)
    if found.waiting:
        context.out.print(f"{'':17} {found.url}/connections says how", style="dim")


def read_status(context: Context, plan: Plan) -> Status:
    """Look at what there is: the decisions of the last ``up``, the cluster, the address."""
    known = remembered(context.checkout, plan.stack)
    runs = known is not None and choose_cluster(context.checkout, plan.stack, plan.settings).running()
    plugins = plan.app_config.plugins.values()
    services = {p.record.id: p.record.connection.service for p in plugins if p.record.connection is not None}
    return Status(
        stack=plan.stack,
        title=str(plan.app_config.data["app"]["title"]),
        url=plan.settings.url,
        answers=fetch(f"{plan.settings.url}/.backstage/health/v1/readiness", timeout=2).status == 200,
        release=plan.release.id,
        image=plan.image if plan.release.built else "not built yet",
        engine=known.engine if known else None,
        cluster=known.cluster if known else None,
        cluster_runs=runs,
        connected=tuple(
            services[p.record.id] for p in plugins if p.enabled and p.connected and p.record.id in services
        ),
        waiting=tuple(services[p.record.id] for p in plugins if p.waits),
        disabled=tuple(p.record.title for p in plugins if not p.enabled),
    )
