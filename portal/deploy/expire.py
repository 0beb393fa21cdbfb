"""Remove stacks that have ended. What their files say counts, unless their clusters name a later end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from portal.base.checkout import Checkout
from portal.base.errors import SituationError, raise_first
from portal.base.progress import Progress
from portal.checks.lifetime import check_lifetime
from portal.deploy.choose_cluster import choose_cluster
from portal.deploy.context_cluster import ContextCluster
from portal.deploy.deployment import Deployment
from portal.deploy.down import down
from portal.deploy.end_in_cluster import FoundStack, end_in_cluster, require_alone
from portal.deploy.pulumi_cli import PulumiCli, team_stack_environment
from portal.deploy.pulumi_engine import TeamPulumi, pulumi
from portal.deploy.stack_record import forget, stack_record
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.kubeconfig_file import cluster_api
from portal.models.cluster import Cluster, Namespace
from portal.plan import Plan
from portal.stackfile.lifetime import end_of
from portal.stackfile.read import StackFile


@dataclass(frozen=True)
class Expiry:
    """When a stack ends, and whether that is over. ``moved``: its cluster names a later end than its file."""

    end: datetime
    ended: bool
    moved: bool = False


def end_in_file(file: StackFile) -> datetime:
    """When a stack ends by its file. SituationError if it has no end."""
    end = end_of(file)
    if end is None:
        raise SituationError(
            f"the stack {file.stack} has no end",
            "`portal expire` only removes stacks that end",
            where=file.document.name,
        )
    return end


def expiry_of(deployment: Deployment, now: datetime) -> Expiry:
    """Whether a stack has ended. Its cluster is asked only if the file says so: somebody may have moved the end.

    InputError if the stack was not made to be removed, or if its namespace is not its own. PortalError if the cluster
    does not answer: nobody knows then.
    """
    plan, end = deployment.plan, end_in_file(deployment.file)
    if end > now:
        return Expiry(end, ended=False)
    raise_first(check_lifetime(plan))
    api, namespace = _api(deployment.checkout, plan), plan.settings.namespace
    known = end_in_cluster(api, namespace.name, plan.stack) if api is not None and namespace.create else None
    later = known is not None and known > end
    latest = known if known is not None and later else end
    return Expiry(latest, ended=latest <= now, moved=later)


def remove(deployment: Deployment) -> None:
    """Remove a stack with its data and its state, as `portal down` does, and then its file. Asks nothing."""
    checkout, plan = deployment.checkout, deployment.plan
    if plan.target.team:
        _remove_of_team(replace(deployment, attended=False))
    elif stack_record(checkout, plan.stack) is not None:
        down(deployment, delete_data=True)
    else:
        # It was never up.
        forget(checkout, plan.stack)
    checkout.stack_file(plan.stack).unlink(missing_ok=True)


def remove_found(checkout: Checkout, cluster: Cluster, found: FoundStack, now: datetime, progress: Progress) -> None:
    """Remove a stack whose file is elsewhere: what has its labels in the cluster, and its state in the team's backend.

    A stack that was made like another one has nothing besides. Its hooks do not run, as only its file names them.
    SituationError if somebody has moved its end ``now``, or if another namespace has a stack of the same name.
    """
    api = cluster_api(cluster, checkout)
    require_alone(api, found)
    cli = PulumiCli(pulumi(progress), checkout, found.stack, team_stack_environment())
    # A backend that cannot be used is to be found before anything is deleted. The state goes first, as that takes its
    # lock: nobody deploys the stack meanwhile. What is left in the cluster is found by the next run.
    known = cli.has_stack()
    end = end_in_cluster(api, found.namespace, found.stack)
    if end is None or end > now:
        raise SituationError(f"{found.stack} was deployed again meanwhile", "look at it with --dry-run")
    if known:
        cli.remove_stack(force=True)
    namespace = Namespace(name=found.namespace)
    # The address only matters to who opens the portal.
    ContextCluster(checkout, cluster, "http://localhost", found.stack, namespace).delete(progress)


def _remove_of_team(deployment: Deployment) -> None:
    cli = TeamPulumi.obtain(deployment).cli
    if cli.has_stack():
        down(deployment, delete_data=False)
        cli.remove_stack()
        return
    plan = deployment.plan
    api, namespace = _api(deployment.checkout, plan), plan.settings.namespace
    if api is not None and namespace.create and end_in_cluster(api, namespace.name, plan.stack) is not None:
        raise SituationError(
            f"the Pulumi backend has no stack {plan.stack}, but its namespace {namespace.name} is there",
            "use the backend that it was deployed with (`pulumi login`, PULUMI_BACKEND_URL)",
        )


def _api(checkout: Checkout, plan: Plan) -> ClusterApi | None:
    """The cluster of a stack. None if there is none to ask: it is a stopped one of this checkout's own."""
    if plan.target.team:
        named = plan.target.cluster(plan.settings)
        return cluster_api(named, checkout) if named is not None else None
    if stack_record(checkout, plan.stack) is None:
        return None
    cluster = choose_cluster(checkout, plan.stack, plan.settings)
    return cluster.kubectl().api if cluster.running() else None
