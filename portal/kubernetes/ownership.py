"""Which objects of a cluster are a portal's: the kinds that it is made of, and the labels that say whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.contract import INSTANCE_LABEL, MANAGED_BY_LABEL, PORTAL
from portal.graph.providers.kubernetes import PROVIDER

# They hold data: no deployment removes one, and none asks for the right to.
KEPT_KINDS = tuple(kept.rpartition(":")[2] for kept in PROVIDER.kept)

# Without namespaces: where a stack has one of its own, it goes with everything in it.
OWN_TYPES = (
    "configmaps",
    "secrets",
    "services",
    "serviceaccounts",
    "deployments.apps",
    "statefulsets.apps",
    "networkpolicies.networking.k8s.io",
    "ingresses.networking.k8s.io",
    "horizontalpodautoscalers.autoscaling",
    "poddisruptionbudgets.policy",
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "persistentvolumeclaims",
)


def own_selector(stack: str) -> str:
    """The labels that every object of a stack has."""
    return f"{MANAGED_BY_LABEL}={PORTAL},{INSTANCE_LABEL}={stack}"


def owner(item: Mapping[str, Any]) -> str | None:
    """The stack that made an object, by its labels; None for what no stack of ours made."""
    labels: Mapping[str, Any] = item["metadata"].get("labels") or {}
    return str(labels.get(INSTANCE_LABEL, "")) if labels.get(MANAGED_BY_LABEL) == PORTAL else None


def is_ours(item: Mapping[str, Any], stack: str) -> bool:
    """Whether a stack made an object."""
    return owner(item) == stack
