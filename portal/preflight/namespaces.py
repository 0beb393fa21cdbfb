"""Check that it is the right cluster, and that the namespace is free for this stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from portal.base.errors import InputError, SituationError
from portal.base.yaml_document import KeyPath
from portal.kubernetes.ownership import owner
from portal.preflight.requirements import GraphRequirements

if TYPE_CHECKING:
    from portal.preflight.snapshot import ClusterIdentity, ClusterSnapshot


def check_identity(
    identity: ClusterIdentity, stack_record: str | None, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Refuse a context that leads to another cluster than the one with the stack's data."""
    if stack_record is not None and identity.uid is not None and identity.uid != stack_record:
        yield SituationError(
            "portal:cluster.context leads to another cluster than the one that has this stack"
            f" (the UID of kube-system is {identity.uid}, not {stack_record})",
            "correct the context; if the old cluster is gone for good, run `portal down --delete-data` first",
            where=where(("cluster",)),
        )


def check_namespace(
    requirements: GraphRequirements, identity: ClusterIdentity, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Refuse a namespace that others own, one that is being deleted, and a missing one that the stack does not make."""

    def refusal(what: str, fix: str) -> InputError:
        return SituationError(f"portal:namespace names {what}", fix, where=where(("namespace",)))

    name = requirements.namespace
    if identity.namespace is None:
        if not requirements.makes_namespace and identity.namespace_seen:
            yield refusal(
                f"{name}, which the cluster does not have, and says `create: false`",
                f"create it, or write `portal:namespace: {name}` to have it created",
            )
        return
    stack = owner(identity.namespace)
    if identity.namespace.get("status", {}).get("phase") == "Terminating":
        yield refusal(
            f"{name}, which is being deleted",
            "wait until it is gone (`kubectl get namespaces`)",
        )
    elif stack is not None and stack != requirements.stack:
        yield refusal(f"{name}, which belongs to the stack {stack}", "choose another name")
    elif requirements.makes_namespace and stack is None:
        yield refusal(
            f"{name}, which exists and was not made by this stack",
            f"choose another name, or write `portal:namespace: {{name: {name}, create: false}}`",
        )


def check_strangers(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Find objects of others that have names of ours. They would be overwritten, or stop the deployment halfway."""
    if snapshot.strangers:
        yield SituationError(
            f"portal:namespace names {requirements.namespace}, which already has {', '.join(snapshot.strangers)},"
            " not made by this stack",
            "choose another namespace, or have these objects removed",
            where=where(("namespace",)),
        )


def check_neighbours(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Find another portal in the same namespace. Both would fight over objects with the same names."""
    if requirements.makes_namespace:
        return
    owners = {owner(item) for item in snapshot.of_kind("Deployment")}
    others = {stack for stack in owners if stack is not None and stack != requirements.stack}
    for stack in sorted(others):
        yield SituationError(
            f"portal:namespace.name is {requirements.namespace}, which has the portal of the stack {stack}",
            "choose another namespace",
            where=where(("namespace",)),
        )


def check_moved(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Find the stack in another namespace: its data would stay there, or it is another checkout's of the same name."""
    others = sorted(snapshot.homes - {requirements.namespace})
    if others:
        yield SituationError(
            f"portal:namespace is {requirements.namespace}, and this cluster has the data of a stack"
            f" {requirements.stack} in {others[0]}",
            f"write {others[0]} back; if that portal is another checkout's, rename this stack's file",
            where=where(("namespace",)),
        )
