"""Choose the cluster of a local stack: a named context, the one of the last ``up``, kind, or the local node."""

from __future__ import annotations

from urllib.parse import urlsplit

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError, one_of
from portal.deploy.cluster import LocalCluster
from portal.deploy.context_cluster import ContextCluster
from portal.deploy.kind_cluster import KindCluster
from portal.deploy.node_cluster import NodeCluster
from portal.deploy.stack_record import stack_record
from portal.models.cluster import Cluster
from portal.models.stack import StackSettings

# The clusters that we create, in the order in which they are tried.
OWN_CLUSTERS = (KindCluster, NodeCluster)


def choose_cluster(
    checkout: Checkout, stack: str, settings: StackSettings, *, context: str | None = None, chosen: str | None = None
) -> LocalCluster:
    """The cluster of a stack.

    ``context`` and ``chosen`` come from the command line. A choice that differs from the last ``up`` is an error.
    """
    before = stack_record(checkout, stack)
    ids = [own.id for own in reversed(OWN_CLUSTERS)]
    if chosen is not None and chosen not in ids:
        raise InputError(where="--cluster", key="", got=f'"{chosen}"', allowed=one_of(ids), fix="choose one of them")
    named = Cluster(context=context) if context is not None else settings.cluster
    if named is None and chosen is None and before is not None:
        if before.context is not None:
            named = Cluster(context=before.context, kubeconfig=before.kubeconfig)
        chosen = before.cluster
    cluster = (
        ContextCluster(checkout, named, settings.url, stack, settings.namespace)
        if named is not None
        else _own_cluster(checkout, urlsplit(settings.url).port or 80, chosen)
    )
    now = (cluster.id, named.context if named is not None else None)
    if before is not None and now != (before.cluster, before.context):
        raise SituationError(
            f"the data of this stack is in the cluster {before.context or before.cluster}, not in {now[1] or now[0]}",
            f"leave {'--context' if named is not None else '--cluster'} out, or run `portal down --delete-data` first",
        )
    return cluster


def _own_cluster(checkout: Checkout, port: int, chosen: str | None) -> LocalCluster:
    """The chosen cluster, else the first that this machine can run."""
    refused: list[InputError] = []
    for own in OWN_CLUSTERS:
        if chosen in {None, own.id}:
            found = own.on_this_machine(checkout, port)
            if isinstance(found, LocalCluster):
                return found
            refused.append(found)
    raise refused[0] if refused else PortalError(f"this version knows no cluster {chosen}, which the last `up` used")
