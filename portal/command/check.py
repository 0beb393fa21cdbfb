"""``portal check`` and ``portal config``: what a stack would be, and whether it may."""

from __future__ import annotations

import difflib

from portal.clusters.choose import choose_cluster
from portal.command.context import Context
from portal.command.render import recorded
from portal.errors import PortalError, raise_first
from portal.graph.model import Graph
from portal.models.database import ExternalDatabase
from portal.plan import Plan
from portal.preflight.run import preflight
from portal.settings.stack_file import read_stack_file, stack_decrypter


def check(context: Context, stack: str, *, live: bool = False) -> None:
    """Run all checks on a stack; findings are errors. ``live`` asks its cluster too, and changes nothing in it."""
    plan = context.checked_plan(stack)
    if live:
        _ask_cluster(context, plan)
    built = "built" if plan.release.built else "not built yet"
    context.out.print(
        f"{stack}: {len(plan.app_config.plugins)} plugins, {len(plan.needs)} secrets,"
        f" release {plan.release.id} ({built}). No findings."
    )


def _ask_cluster(context: Context, plan: Plan) -> None:
    cluster = choose_cluster(context.checkout, plan.stack, plan.settings)
    if not cluster.running():
        raise PortalError(f"the cluster of {plan.stack} does not run: `portal up --stack {plan.stack}` starts it")
    reached = cluster.start(context.progress)
    graph, complete = _graph(context, plan)
    raise_first(preflight(reached.kubectl, graph, plan, context.checkout, context.progress))
    if not complete and isinstance(plan.settings.database, ExternalDatabase):
        context.progress.note("The database was not tried: this checkout does not have the stack's passphrase.")


def _graph(context: Context, plan: Plan) -> tuple[Graph, bool]:
    """The stack's graph, and whether it holds its secrets: only a stack of this machine keeps its passphrase here."""
    checkout = context.checkout
    file, passphrase = checkout.generated_stack_file(plan.stack), checkout.passphrase_file(plan.stack)
    if not (file.is_file() and passphrase.is_file()):
        return recorded(context, plan.stack), False
    from portal.graph.record import record  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    generated = read_stack_file(checkout, plan.stack, file)
    config, secret_keys = generated.config(stack_decrypter(generated, passphrase.read_text().strip()))
    return record(checkout.root, plan.stack, config, secret_keys, reveal=True), True


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
