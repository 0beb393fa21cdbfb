"""Which cluster it is, and whose the namespace is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from portal.base.errors import InputError
from portal.base.yaml_document import KeyPath
from portal.kubernetes.ownership import INSTANCE, MANAGED_BY
from portal.preflight.requirements import GraphRequirements

if TYPE_CHECKING:
    from portal.preflight.snapshot import ClusterIdentity, ClusterSnapshot


def check_identity(
    place: ClusterIdentity, stack_record: str | None, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """A context that leads to another cluster than at the stack's first ``up``: its data is in the other one."""
    if stack_record is not None and place.identity is not None and place.identity != stack_record:
        yield InputError(
            where=where(("cluster",)),
            key="portal:cluster.context",
            got=f"another cluster than the one that the stack is in (kube-system's UID is {place.identity})",
            allowed=f"the cluster of the stack's first `up` (kube-system's UID is {stack_record})",
            fix="correct the context; where the old cluster is gone for good, run `portal down --delete-data` first",
        )


def check_namespace(
    needs: GraphRequirements, place: ClusterIdentity, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """A namespace that is somebody else's, is going away, or is not there though the stack does not make it."""

    def refusal(got: str, allowed: str, fix: str) -> InputError:
        return InputError(where=where(("namespace",)), key="portal:namespace", got=got, allowed=allowed, fix=fix)

    name = needs.namespace
    if place.namespace is None:
        if not needs.makes_namespace and place.namespace_seen:
            yield refusal(
                f"{name}, which the cluster does not have",
                "a namespace that exists, as the stack says `create: false`",
                f"create it, or write `portal:namespace: {name}` to have it made",
            )
        return
    labels: Mapping[str, Any] = place.namespace["metadata"].get("labels", {})
    ours, stack = labels.get(MANAGED_BY) == "portal", labels.get(INSTANCE)
    if place.namespace.get("status", {}).get("phase") == "Terminating":
        yield refusal(
            f"{name}, which is being deleted",
            "a namespace that stays",
            "wait until it is gone (`kubectl get namespaces`)",
        )
    elif ours and stack != needs.stack:
        yield refusal(
            f"{name}, which belongs to the stack {stack}", "a namespace of this stack's own", "choose another name"
        )
    elif needs.makes_namespace and not ours:
        yield refusal(
            f"{name}, which exists and was not made by this stack",
            "a namespace that the stack makes, or one that it says it finds",
            f"choose another name, or write `portal:namespace: {{name: {name}, create: false}}`",
        )


def check_strangers(
    needs: GraphRequirements, live: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Objects of somebody else's with the names of ours: they would be overwritten, or refused half-way."""
    if live.strangers:
        yield InputError(
            where=where(("namespace",)),
            key="portal:namespace",
            got=f"{needs.namespace}, which has {', '.join(live.strangers)} that this stack did not make",
            allowed="a namespace where these names are free",
            fix="choose another namespace, or have these objects removed",
        )


def check_neighbours(
    needs: GraphRequirements, live: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Another portal in the same namespace: they would take each other's objects, which have the same names."""
    if needs.makes_namespace:
        return
    others = {
        str(labels.get(INSTANCE))
        for item in live.of_kind("Deployment")
        if (labels := item["metadata"].get("labels", {})).get(MANAGED_BY) == "portal"
        and labels.get(INSTANCE) != needs.stack
    }
    for stack in sorted(others):
        yield InputError(
            where=where(("namespace",)),
            key="portal:namespace.name",
            got=f"{needs.namespace}, which has the portal of the stack {stack} in it",
            allowed="a namespace without another portal",
            fix="choose another namespace",
        )
