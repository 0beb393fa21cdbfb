"""When stacks end, as their namespaces say it. A machine that has no file of a stack finds it by that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.base.errors import PortalError, SituationError, quoted
from portal.base.lifetime import read_end
from portal.base.names import is_stack_name
from portal.contract import EXPIRES_ANNOTATION, LIKE_LABEL, MANAGED_BY_LABEL, PORTAL
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_paths import collection_path, named
from portal.kubernetes.ownership import own_selector, owner

_NAMESPACES = collection_path("v1", "namespaces")


@dataclass(frozen=True)
class FoundStack:
    """A stack that was made like another one, found in a cluster by its namespace."""

    stack: str
    namespace: str
    _annotation: object

    @property
    def end(self) -> datetime:
        """When it ends. PortalError if its namespace does not say that in a way that can be read."""
        return _read(self.namespace, self._annotation)


def end_in_cluster(api: ClusterApi, namespace: str, stack: str) -> datetime | None:
    """When a stack ends. None if its namespace is not there, or says no end.

    SituationError if the namespace is not this stack's: what is in it is somebody else's.
    """
    found = api.find(named(_NAMESPACES, namespace), metadata_only=True)
    if found is None:
        return None
    if owner(found) != stack:
        whose = f"belongs to the stack {owner(found)}" if owner(found) is not None else "was not made by a stack"
        raise SituationError(
            f"the stack {stack} is not removed: its namespace {namespace} {whose}",
            f"correct portal:namespace in stacks/Pulumi.{stack}.yaml; if the stack is gone, delete that file",
        )
    annotation = _annotation(found)
    return _read(namespace, annotation) if annotation is not None else None


def ending_stacks(api: ClusterApi, like: str) -> Iterator[FoundStack]:
    """The stacks in a cluster that were made like another one and have an end."""
    labels = f"{MANAGED_BY_LABEL}={PORTAL},{LIKE_LABEL}={like}"
    for item in api.list(_NAMESPACES, labels=labels, metadata_only=True):
        stack, annotation = owner(item), _annotation(item)
        if stack is not None and is_stack_name(stack) and annotation is not None:
            yield FoundStack(stack, str(item["metadata"]["name"]), annotation)


def require_alone(api: ClusterApi, found: FoundStack) -> None:
    """SituationError if another namespace has a stack of this name: what has its labels is removed by them."""
    namespaces = api.list(_NAMESPACES, labels=own_selector(found.stack), metadata_only=True)
    others = sorted({str(item["metadata"]["name"]) for item in namespaces} - {found.namespace})
    if others:
        raise SituationError(
            f"{found.stack} is not removed: {', '.join(others)} has a stack of the same name",
            "remove it where it was made, with its file",
        )


def _annotation(namespace: Mapping[str, Any]) -> object:
    annotations: Mapping[str, object] = namespace["metadata"].get("annotations") or {}
    return annotations.get(EXPIRES_ANNOTATION)


def _read(namespace: str, annotation: object) -> datetime:
    end = read_end(annotation)
    if end is None:
        raise PortalError(
            f"the annotation {EXPIRES_ANNOTATION} of the namespace {namespace} is {quoted(annotation)}, which is no"
            " time, so nobody knows whether the stack has ended. `portal up` writes it anew."
        )
    return end
