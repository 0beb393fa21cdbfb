"""Which objects of a cluster are a portal's: the kinds that it is made of, and the labels that say whose they are."""

from __future__ import annotations

INSTANCE = "app.kubernetes.io/instance"
MANAGED_BY = "app.kubernetes.io/managed-by"

# Without those that hold data.
PRUNED_TYPES = (
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
)

OWN_TYPES = (*PRUNED_TYPES, "persistentvolumeclaims")


def own_selector(stack: str) -> str:
    """The labels that every object of a stack has."""
    return f"{MANAGED_BY}=portal,{INSTANCE}={stack}"
