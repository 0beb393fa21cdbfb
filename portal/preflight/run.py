"""Everything together: what is wrong with a cluster for a graph, found before anything is applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, raise_first
from portal.base.progress import Progress
from portal.graph.model import Graph
from portal.kubernetes.kubectl import Kubectl
from portal.plan import Plan
from portal.preflight.admission import check_admission
from portal.preflight.classes import check_classes, check_gateways, check_kinds
from portal.preflight.database import Database, check_database, external_database
from portal.preflight.database_pod import try_database
from portal.preflight.namespaces import check_identity, check_namespace, check_neighbours, check_strangers
from portal.preflight.preflight_record import PreflightRecord, accept, accepted, objects_hash
from portal.preflight.quota import check_quota
from portal.preflight.references import check_secrets
from portal.preflight.requirements import GraphRequirements
from portal.preflight.rights import check_rights
from portal.preflight.snapshot import ClusterIdentity, ClusterSnapshot, read_identity, take_snapshot


def require_fit(
    kubectl: Kubectl,
    graph: Graph,
    plan: Plan,
    checkout: Checkout,
    progress: Progress,
    *,
    ours: bool = False,
    replaces: bool = False,
) -> None:
    """Refuse to go on where the cluster does not fit.

    ``ours``: a cluster that `up` makes, and may have made anew. ``replaces``: an engine that makes an object anew where
    it cannot be changed, as Pulumi's does.

    What was accepted before, in the same cluster, costs one question.
    """
    needs = GraphRequirements.of(graph)
    before = accepted(checkout, plan.stack)
    place = read_identity(kubectl, needs.namespace)
    raise_first([] if ours else check_identity(place, before.cluster, plan.where))
    raise_first(check_namespace(needs, place, plan.where))
    database = _database(needs, plan)
    now = PreflightRecord(place.identity, objects_hash(needs), database.fingerprint if database is not None else None)
    if now == before and place.namespace is not None:
        return
    with progress.phase("Look whether it fits into the cluster"):
        raise_first(cluster_findings(needs, take_snapshot(kubectl, needs, place), plan, replaces=replaces))
    if database is not None and (now.database, now.cluster) != (before.database, before.cluster):
        with progress.phase("Try the database from inside the cluster"):
            raise_first(database_findings(kubectl, needs, place, database, plan, progress))
    accept(checkout, plan.stack, replace(now, cluster=now.cluster or before.cluster))


def preflight(
    kubectl: Kubectl, graph: Graph, plan: Plan, checkout: Checkout, progress: Progress, *, replaces: bool
) -> list[InputError]:
    """Everything that is wrong, without a look at what was accepted before and without remembering anything."""
    needs = GraphRequirements.of(graph)
    place = read_identity(kubectl, needs.namespace)
    found = [
        *check_identity(place, accepted(checkout, plan.stack).cluster, plan.where),
        *check_namespace(needs, place, plan.where),
        *cluster_findings(needs, take_snapshot(kubectl, needs, place), plan, replaces=replaces),
    ]
    database = _database(needs, plan)
    if database is not None and not found:
        found += database_findings(kubectl, needs, place, database, plan, progress)
    return found


def cluster_findings(
    needs: GraphRequirements, live: ClusterSnapshot, plan: Plan, *, replaces: bool = False
) -> list[InputError]:
    """What one look at the cluster shows, in the order in which a person would correct it."""
    where = plan.where
    rights = list(check_rights(live.missing, where))
    neighbours = list(check_neighbours(needs, live, where))
    specific = [
        *(neighbours or check_strangers(needs, live, where)),
        *check_kinds(needs, live, where),
        *check_classes(needs, live, where),
        *check_gateways(needs, live, where),
        *check_secrets(needs, live, where),
        *check_quota(needs, live, where),
    ]
    # What the API server says of the same mistakes is no news.
    told = {"exceeded quota", "PriorityClass"} if specific else set[str]()
    others = [
        one
        for one in live.refusals
        if not any(word in one.message for word in told) and not (replaces and one.of_a_change_in_place)
    ]
    return [*rights, *specific, *check_admission(others, where)]


def database_findings(
    kubectl: Kubectl,
    needs: GraphRequirements,
    place: ClusterIdentity,
    database: Database,
    plan: Plan,
    progress: Progress,
) -> Iterator[InputError]:
    """What a try of the database shows. Where no pod can be had for it, that is said, and nothing is refused."""
    try:
        found = try_database(kubectl, needs, database, namespace_exists=place.exists(needs))
    except PortalError as error:
        progress.note(f"The database could not be tried from inside the cluster: {error}")
        return
    yield from check_database(database, found, plan.where)


def _database(needs: GraphRequirements, plan: Plan) -> Database | None:
    trial = plan.settings.database.trial
    if trial is None:
        return None
    schemas = {name for plugin in plan.plugins.values() for name in plugin.record.databases}
    return external_database(needs, tuple(sorted(schemas)), trial.ca, trial.password)
