"""Check a stack against its cluster before a deployment, for ``portal check --cluster`` and team stacks."""

from __future__ import annotations

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.progress import Progress
from portal.deploy.choose_cluster import choose_cluster
from portal.deploy.choose_engine import engine_replaces
from portal.graph.model import Graph
from portal.kubernetes.api import ClusterApi
from portal.plan import Plan, handed_to_the_program
from portal.preflight.namespaces import check_identity, check_namespace
from portal.preflight.preflight_record import accepted
from portal.preflight.requirements import GraphRequirements
from portal.preflight.run import cluster_findings, preflight
from portal.preflight.snapshot import read_identity, take_snapshot
from portal.probe.existing_instance import instance_findings
from portal.probe.secrets_manager import read_secrets
from portal.stackfile.generated import checked_configuration, opened_configuration
from portal.stackfile.read import StackFile


def account_findings(plan: Plan, progress: Progress) -> list[InputError]:
    """What AWS says of what a stack names there: its secrets, and a database that others made. Changes nothing.

    Secrets' values are forgotten. PortalError if AWS cannot be asked for them; a database that it tells nothing of is
    noted. Nothing is asked for a stack that names neither.
    """
    return [*_secrets_findings(plan, progress), *_instance_findings(plan, progress)]


def _secrets_findings(plan: Plan, progress: Progress) -> list[InputError]:
    count = len(plan.settings.secrets_manager)
    if not count:
        return []
    with progress.phase(f"Read {count} {'secret' if count == 1 else 'secrets'} from Secrets Manager"):
        return read_secrets(plan).findings


def _instance_findings(plan: Plan, progress: Progress) -> list[InputError]:
    lookup = plan.settings.database.rds_lookup(plan.stack)
    if lookup is None or not lookup.of_others:
        return []
    with progress.phase("Look at the database instance"):
        try:
            return instance_findings(plan)
        except PortalError as error:
            # Whoever made it may not show it, and Pulumi may have other credentials.
            progress.note(f"The database instance was not looked at: {error}")
            return []


def live_findings(checkout: Checkout, plan: Plan, file: StackFile, progress: Progress) -> list[InputError]:
    """The problems with the cluster, and with an external database, for a plan that passed the checks.

    Deploys nothing. PortalError if the cluster does not run.
    """
    cluster = choose_cluster(checkout, plan.stack, plan.settings)
    if not cluster.running():
        raise PortalError(f"The cluster of {plan.stack} does not run. Run `portal up --stack {plan.stack}`.")
    reached = cluster.start(progress)
    graph, complete = _graph(checkout, plan, file)
    replaces = engine_replaces(checkout, plan.stack)
    found = preflight(reached.kubectl.api, graph, plan, checkout, progress, replaces=replaces)
    if not complete and plan.settings.database.trial is not None:
        progress.note("The database was not tested: this checkout does not have the stack's passphrase.")
    return found


def findings_before_a_build(
    api: ClusterApi, checkout: Checkout, plan: Plan, file: StackFile, *, ours: bool, replaces: bool
) -> list[InputError]:
    """What a cluster says about a plan whose images may not exist yet. The database is tested after the build."""
    graph, _ = _graph(checkout, plan, file)
    requirements = GraphRequirements.of(graph)
    identity = read_identity(api, requirements.namespace)
    return [
        *(() if ours else check_identity(identity, accepted(checkout, plan.stack).cluster, plan.where)),
        *check_namespace(requirements, identity, plan.where),
        *cluster_findings(requirements, take_snapshot(api, requirements, identity), plan, replaces=replaces),
    ]


def _graph(checkout: Checkout, plan: Plan, file: StackFile) -> tuple[Graph, bool]:
    """The stack's graph, and whether it holds its secrets: only a local stack keeps its passphrase here."""
    from portal.graph.program import record_stack  # noqa: PLC0415 - Pulumi's SDK takes a second to import

    complete = checkout.generated_stack_file(plan.stack).is_file() and checkout.passphrase_file(plan.stack).is_file()
    if complete:
        config, secret_keys = opened_configuration(checkout, plan.stack)
        plan = plan.deployed_with(config, secret_keys, plan.release.images)
    else:
        config, secret_keys = checked_configuration(checkout, file)
    with handed_to_the_program(plan):
        return record_stack(checkout, plan.stack, config, secret_keys, reveal=complete), complete
