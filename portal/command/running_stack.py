"""Where a stack runs, for commands that work on what is there."""

from __future__ import annotations

from portal.command.context import Context
from portal.deploy.choose_cluster import choose_cluster
from portal.deploy.restore import RunningStack
from portal.plan import load_plan


def running_stack(context: Context, stack: str) -> RunningStack:
    """The cluster and the namespace of a stack. Asks nothing yet."""
    plan = load_plan(context.checkout, stack, complete=False)
    settings = plan.settings
    replicas = settings.autoscaling.min if settings.autoscaling is not None else settings.replicas
    kubectl = choose_cluster(context.checkout, stack, settings).kubectl()
    scaled = settings.autoscaling is not None
    return RunningStack(kubectl, settings.namespace.name, stack, replicas, scaled, context.progress)
