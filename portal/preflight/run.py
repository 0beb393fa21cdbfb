"""Run all checks of a cluster against a graph, before anything is applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, raise_first
from portal.base.progress import Progress
from portal.graph.model import Graph
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.ownership import is_ours
from portal.plan import Plan
from portal.preflight.admission import check_admission
from portal.preflight.classes import check_classes, check_gateways, check_kinds
from portal.preflight.database import Database, check_database, external_database
from portal.preflight.database_pod import try_database
from portal.preflight.namespaces import (
    check_identity,
    check_moved,
    check_namespace,
    check_neighbours,
    check_strangers,
)
from portal.preflight.node_ports import check_node_ports
from portal.preflight.preflight_record import PreflightRecord, accept, accepted, objects_hash
from portal.preflight.quota import check_quota
from portal.preflight.references import check_secrets
from portal.preflight.requirements import GraphRequirements
from portal.preflight.rights import check_rights
from portal.preflight.snapshot import ClusterIdentity, ClusterSnapshot, read_identity, take_snapshot


def require_fit(
    api: ClusterApi,
    graph: Graph,
    plan: Plan,
    checkout: Checkout,
    progress: Progress,
    *,
    ours: bool = False,
    replaces: bool = False,
) -> None:
    """Raise what is wrong with the cluster for this graph.

    ``ours``: `up` makes this cluster, and may have made it again. ``replaces``: the engine replaces an object that
    cannot be changed, as Pulumi's does.

    If the same objects were accepted before in the same cluster, this takes one request.
    """
    requirements = GraphRequirements.of(graph)
    before = accepted(checkout, plan.stack)
    identity = read_identity(api, requirements.namespace)
    raise_first([] if ours else check_identity(identity, before.cluster, plan.where))
    raise_first(check_namespace(requirements, identity, plan.where))
    database = _database(requirements, plan)
    now = PreflightRecord(
        identity.uid, objects_hash(requirements), database.fingerprint if database is not None else None
    )
    if now == before and identity.namespace is not None:
        return
    with progress.phase("Check whether the cluster fits"):
        raise_first(cluster_findings(requirements, take_snapshot(api, requirements, identity), plan, replaces=replaces))
    if database is not None and (now.database, now.cluster) != (before.database, before.cluster):
        with progress.phase("Test the database from inside the cluster"):
            raise_first(database_findings(api, requirements, identity, database, plan, progress))
    accept(checkout, plan.stack, replace(now, cluster=now.cluster or before.cluster))


def fitted_before(api: ClusterApi, plan: Plan, checkout: Checkout) -> bool:
    """Whether this cluster accepted the stack before, and still has the namespace that the stack made. Needs no graph.

    False says nothing about the cluster: then ``require_fit`` has to look at everything.
    """
    identity = read_identity(api, plan.settings.namespace.name)
    namespace = identity.namespace
    return (
        identity.uid is not None
        and identity.uid == accepted(checkout, plan.stack).cluster
        and namespace is not None
        and is_ours(namespace, plan.stack)
        and namespace.get("status", {}).get("phase") == "Active"
    )


def preflight(
    api: ClusterApi, graph: Graph, plan: Plan, checkout: Checkout, progress: Progress, *, replaces: bool
) -> list[InputError]:
    """Everything that is wrong. Ignores what was accepted before, and remembers nothing."""
    requirements = GraphRequirements.of(graph)
    identity = read_identity(api, requirements.namespace)
    found = [
        *check_identity(identity, accepted(checkout, plan.stack).cluster, plan.where),
        *check_namespace(requirements, identity, plan.where),
        *cluster_findings(requirements, take_snapshot(api, requirements, identity), plan, replaces=replaces),
    ]
    database = _database(requirements, plan)
    if database is not None and not found:
        found += database_findings(api, requirements, identity, database, plan, progress)
    return found


def cluster_findings(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, plan: Plan, *, replaces: bool = False
) -> list[InputError]:
    """The findings of one look at the cluster, in the order in which a person would correct them."""
    where = plan.where
    rights = list(check_rights(snapshot.missing, where))
    neighbours = list(check_neighbours(requirements, snapshot, where))
    specific = [
        *(neighbours or check_strangers(requirements, snapshot, where)),
        *(() if plan.target.team else check_moved(requirements, snapshot, where)),
        *check_node_ports(requirements, snapshot, where),
        *check_kinds(requirements, snapshot, where),
        *check_classes(requirements, snapshot, where),
        *check_gateways(requirements, snapshot, where),
        *check_secrets(requirements, snapshot, where),
        *check_quota(requirements, snapshot, where),
    ]
    # The API server reports some of the same mistakes. Admission rules have no type there, only words, so words decide
    # here, and only about whether a mistake is named twice.
    told = {"exceeded quota", "PriorityClass", "port is already allocated"} if specific else set[str]()
    others = [
        one
        for one in snapshot.refusals
        if not any(word in one.message for word in told) and not (replaces and one.change_only)
    ]
    return [*rights, *specific, *check_admission(others, where)]


def database_findings(
    api: ClusterApi,
    requirements: GraphRequirements,
    identity: ClusterIdentity,
    database: Database,
    plan: Plan,
    progress: Progress,
) -> Iterator[InputError]:
    """The findings of a test of the database. If the test's pod cannot run, that is noted, and nothing is refused."""
    try:
        found = try_database(api, requirements, database, namespace_exists=identity.exists(requirements))
    except PortalError as error:
        progress.note(f"The database could not be tested from inside the cluster: {error}")
        return
    yield from check_database(database, found, plan.where)


def _database(requirements: GraphRequirements, plan: Plan) -> Database | None:
    trial = plan.settings.database.trial
    if trial is None:
        return None
    schemas = {name for plugin in plan.plugins.values() for name in plugin.record.databases}
    return external_database(requirements, tuple(sorted(schemas)), trial.ca, trial.password)
