"""Reach a portal in a cluster through a port of this machine that kubectl forwards."""

from __future__ import annotations

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.ports import require_free_port
from portal.contract import BACKSTAGE_COMPONENT, COMPONENT_LABEL, PORT, SERVICE_PORT
from portal.deploy.forward import Forward
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_paths import collection_path
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.ownership import own_selector


def forwarding(checkout: Checkout, stack: str) -> Forward:
    """The port forwarding of a stack."""
    return Forward(checkout.forward_file(stack), checkout.logs / "forward.log")


def forward_to_the_portal(
    forward: Forward, kubectl: Kubectl, stack: str, namespace: str, service: str, port: int
) -> None:
    """Forward a port of this machine to the portal.

    kubectl forwards to one pod. Of a Service's pods it prefers the oldest that is ready, which during a rollout is the
    one that ends (kubectl ``polymorphichelpers``, ``podutils.ActivePods``): so the newest is named.
    """
    pod = _newest_pod(kubectl.api, stack, namespace)
    if pod is not None:
        forward.start(kubectl, namespace, f"pod/{pod}", port, PORT)
    else:
        forward.start(kubectl, namespace, f"service/{service}", port, SERVICE_PORT)


def require_port_for_forward(forward: Forward, port: int) -> None:
    """Refuse a port that another program has. The stack's own forwarding may have it."""
    if not forward.runs(port):
        require_free_port(port)


def _newest_pod(api: ClusterApi, stack: str, namespace: str) -> str | None:
    """The newest ready pod of a portal that does not end. None if there is none, or if pods may not be read."""
    selector = f"{own_selector(stack)},{COMPONENT_LABEL}={BACKSTAGE_COMPONENT}"
    try:
        pods = api.list(collection_path("v1", "pods", namespace), labels=selector)
    except PortalError:
        return None
    ready = [
        (str(pod["metadata"]["creationTimestamp"]), str(pod["metadata"]["name"]))
        for pod in pods
        if "deletionTimestamp" not in pod["metadata"]
        and any(
            condition.get("type") == "Ready" and condition.get("status") == "True"
            for condition in pod.get("status", {}).get("conditions", [])
        )
    ]
    return max(ready)[1] if ready else None
