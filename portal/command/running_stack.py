"""Where a stack runs, for commands that work on what is there."""

from __future__ import annotations

from portal.base.errors import PortalError
from portal.command.context import Context
from portal.deploy.choose_cluster import choose_cluster
from portal.deploy.restore import RunningStack
from portal.deploy.stack_record import stack_record
from portal.kubernetes.kubectl import Kubectl
from portal.plan import Plan, load_plan


def kubectl_of(context: Context, plan: Plan) -> Kubectl:
    """The cluster of a stack. PortalError if there is none yet, or if it is stopped."""
    if stack_record(context.checkout, plan.stack) is None and plan.target.cluster(plan.settings) is None:
        raise PortalError(f"The stack {plan.stack} has no portal yet. Run `portal up --stack {plan.stack}`.")
    cluster = choose_cluster(context.checkout, plan.stack, plan.settings)
    if not cluster.running():
        raise PortalError(f"The stack {plan.stack} is stopped. Run `portal up --stack {plan.stack}`.")
    return cluster.kubectl()


def running_stack(context: Context, stack: str) -> RunningStack:
    """The cluster and the namespace of a stack. PortalError if it does not run."""
    plan = load_plan(context.checkout, stack, complete=False)
    settings = plan.settings
    scaled = settings.autoscaling is not None
    replicas = settings.autoscaling.min if settings.autoscaling is not None else settings.replicas
    return RunningStack(kubectl_of(context, plan), settings.namespace.name, stack, replicas, scaled, context.progress)
