"""Which cluster it is, and whose the namespace is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from portal.base.errors import InputError
from portal.base.yaml_document import KeyPath
from portal.kubernetes.ownership import owner
from portal.preflight.requirements import GraphRequirements

if TYPE_CHECKING:
    from portal.preflight.snapshot import ClusterIdentity, ClusterSnapshot


def check_identity(
    identity: ClusterIdentity, stack_record: str | None, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """A context that leads to another cluster than at the stack's first ``up``: its data is in the other one."""
    if stack_record is not None and identity.uid is not None and identity.uid != stack_record:
        yield InputError(
            where=where(("cluster",)),
            key="portal:cluster.context",
            got=f"another cluster than the one that the stack is in (kube-system's UID is {identity.uid})",
            allowed=f"the cluster of the stack's first `up` (kube-system's UID is {stack_record})",
            fix="correct the context; where the old cluster is gone for good, run `portal down --delete-data` first",
        )


def check_namespace(
    requirements: GraphRequirements, identity: ClusterIdentity, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """A namespace that is somebody else's, is going away, or is not there though the stack does not make it."""

    def refusal(got: str, allowed: str, fix: str) -> InputError:
        return InputError(where=where(("namespace",)), key="portal:namespace", got=got, allowed=allowed, fix=fix)

    name = requirements.namespace
    if identity.namespace is None:
        if not requirements.makes_namespace and identity.namespace_seen:
            yield refusal(
                f"{name}, which the cluster does not have",
                "a namespace that exists, as the stack says `create: false`",
                f"create it, or write `portal:namespace: {name}` to have it made",
            )
        return
    stack = owner(identity.namespace)
    if identity.namespace.get("status", {}).get("phase") == "Terminating":
        yield refusal(
            f"{name}, which is being deleted",
            "a namespace that stays",
            "wait until it is gone (`kubectl get namespaces`)",
        )
    elif stack is not None and stack != requirements.stack:
        yield refusal(
            f"{name}, which belongs to the stack {stack}", "a namespace of this stack's own", "choose another name"
        )
    elif requirements.makes_namespace and stack is None:
        yield refusal(
            f"{name}, which exists and was not made by this stack",
            "a namespace that the stack makes, or one that it says it finds",
            f"choose another name, or write `portal:namespace: {{name: {name}, create: false}}`",
        )


def check_strangers(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Objects of somebody else's with the names of ours: they would be overwritten, or refused half-way."""
    if snapshot.strangers:
        yield InputError(
            where=where(("namespace",)),
            key="portal:namespace",
            got=f"{requirements.namespace}, which has {', '.join(snapshot.strangers)} that this stack did not make",
            allowed="a namespace where these names are free",
            fix="choose another namespace, or have these objects removed",
        )


def check_neighbours(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Another portal in the same namespace: they would take each other's objects, which have the same names."""
    if requirements.makes_namespace:
        return
    owners = {owner(item) for item in snapshot.of_kind("Deployment")}
    others = {stack for stack in owners if stack is not None and stack != requirements.stack}
    for stack in sorted(others):
        yield InputError(
            where=where(("namespace",)),
            key="portal:namespace.name",
            got=f"{requirements.namespace}, which has the portal of the stack {stack} in it",
            allowed="a namespace without another portal",
            fix="choose another namespace",
        )
