"""Which objects in a cluster belong to a stack: the kinds that a portal uses, and the ownership labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.contract import INSTANCE_LABEL, MANAGED_BY_LABEL, PORTAL
from portal.graph.providers.kubernetes import PROVIDER

# Kinds that hold data. No deployment deletes one, and preflight does not ask for the right to.
KEPT_KINDS = tuple(kept.rpartition(":")[2] for kept in PROVIDER.kept)

# A stack has these in other namespaces too: where its plugins may read.
ROLE_TYPES = ("roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io")

# Namespaces are not listed: deleting a stack's own namespace deletes everything in it.
OWN_TYPES = (
    "configmaps",
    "secrets",
    "services",
    "serviceaccounts",
    "deployments.apps",
    "statefulsets.apps",
    "cronjobs.batch",
    "jobs.batch",
    "networkpolicies.networking.k8s.io",
    "ingresses.networking.k8s.io",
    "horizontalpodautoscalers.autoscaling",
    "poddisruptionbudgets.policy",
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    *ROLE_TYPES,
    "persistentvolumeclaims",
)


def own_selector(stack: str) -> str:
    """The label selector that matches every object of a stack."""
    return f"{MANAGED_BY_LABEL}={PORTAL},{INSTANCE_LABEL}={stack}"


def owner(item: Mapping[str, Any]) -> str | None:
    """The stack that created an object, according to its labels. None if no portal stack created it."""
    labels: Mapping[str, Any] = item["metadata"].get("labels") or {}
    return str(labels.get(INSTANCE_LABEL, "")) if labels.get(MANAGED_BY_LABEL) == PORTAL else None


def is_ours(item: Mapping[str, Any], stack: str) -> bool:
    """Whether this stack created an object."""
    return owner(item) == stack
