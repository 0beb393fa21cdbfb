"""What the cluster of a stack says before anything is applied: for ``portal check --cluster`` and shared stacks."""

from __future__ import annotations

from portal.base.errors import InputError, PortalError
from portal.command.context import Context
from portal.command.recorded import recorded
from portal.deploy.choose_cluster import choose_cluster, stack_record
from portal.graph.model import Graph
from portal.plan import Plan
from portal.preflight.run import preflight
from portal.stackfile.generated import opened_configuration


def live_findings(context: Context, plan: Plan) -> list[InputError]:
    """Everything that is wrong with the cluster, and with a database elsewhere, for a plan that the checks accept.

    Changes nothing there. A cluster that does not run is a PortalError.
    """
    cluster = choose_cluster(context.checkout, plan.stack, plan.settings)
    if not cluster.running():
        raise PortalError(f"the cluster of {plan.stack} does not run: `portal up --stack {plan.stack}` starts it")
    reached = cluster.start(context.progress)
    graph, complete = _graph(context, plan)
    known = stack_record(context.checkout, plan.stack)
    replaces = known is None or known.engine == "pulumi"
    found = preflight(reached.kubectl, graph, plan, context.checkout, context.progress, replaces=replaces)
    if not complete and plan.settings.database.trial is not None:
        context.progress.note("The database was not tried: this checkout does not have the stack's passphrase.")
    return found


def _graph(context: Context, plan: Plan) -> tuple[Graph, bool]:
    """The stack's graph, and whether it holds its secrets: only a stack of this machine keeps its passphrase here."""
    checkout = context.checkout
    if not (checkout.generated_stack_file(plan.stack).is_file() and checkout.passphrase_file(plan.stack).is_file()):
        return recorded(context, plan.stack), False
    from portal.graph.recorder import record  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    config, secret_keys = opened_configuration(checkout, plan.stack)
    return record(checkout.root, plan.stack, config, secret_keys, reveal=True), True
