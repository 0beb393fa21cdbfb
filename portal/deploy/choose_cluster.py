"""Choose the cluster of a local stack: a named context, the one of the last ``up``, kind, or the local node."""

from __future__ import annotations

from portal.base.address import read_address
from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError, one_of
from portal.deploy.cluster import LocalCluster
from portal.deploy.context_cluster import ContextCluster
from portal.deploy.kind_cluster import KindCluster
from portal.deploy.node_cluster import NodeCluster
from portal.deploy.own_cluster import OwnCluster
from portal.deploy.stack_record import stack_record
from portal.models.cluster import Cluster
from portal.models.stack import StackSettings
from portal.targets import targets

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
    named = Cluster(context=context) if context is not None else targets()[settings.target].cluster(settings)
    if named is None and chosen is None and before is not None:
        if before.context is not None:
            named = Cluster(context=before.context, kubeconfig=before.kubeconfig)
        chosen = before.cluster
    cluster = (
        ContextCluster(checkout, named, settings.url, stack, settings.namespace)
        if named is not None
        else own_cluster(checkout, stack, settings, chosen)
    )
    now = (cluster.id, named.context if named is not None else None)
    if before is not None and now != (before.cluster, before.context):
        back = "--context" if context is not None else "--cluster" if chosen is not None else None
        raise _elsewhere(before.context or before.cluster, now[1] or now[0], back)
    return cluster


def _elsewhere(before: str, now: str, option: str | None) -> SituationError:
    """The error for a cluster that does not have the stack's data. Another portal there is another stack."""
    back = f"leave {option} out" if option is not None else "write the former portal:cluster back"
    return SituationError(
        f"the data of this stack is in the cluster {before}, not in {now}",
        f"{back}; for a portal of its own in {now}, copy the stack's file to stacks/Pulumi.another.yaml with"
        f" another portal:url and `portal:cluster: {{context: {now}}}`, and run `portal up --stack another`;"
        " to begin anew, run `portal down --delete-data` first",
    )


def own_cluster(checkout: Checkout, stack: str, settings: StackSettings, chosen: str | None) -> OwnCluster:
    """The chosen cluster of ours, else the first that this machine can run."""
    refused: list[InputError] = []
    for own in OWN_CLUSTERS:
        if chosen in {None, own.id}:
            port = read_address(settings.url).tcp_port
            found = own.on_this_machine(checkout, port, stack, settings.service.node_port)
            if isinstance(found, OwnCluster):
                return found
            refused.append(found)
    raise refused[0] if refused else PortalError(f"this version knows no cluster {chosen}, which the last `up` used")
