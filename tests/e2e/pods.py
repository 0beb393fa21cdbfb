"""The pods of a stack that is up.

A pod that is deleted is listed until its process has ended: seconds after the deployment that replaced it. So a test
that asks which pods are there has to say whether it means those too.
"""

from __future__ import annotations

from typing import Any

from portal.kubernetes.kubectl import Kubectl


def pods_that_stay(kubectl: Kubectl, namespace: str, selector: str) -> list[dict[str, Any]]:
    """Without those that end."""
    return [pod for pod in all_pods(kubectl, namespace, selector) if "deletionTimestamp" not in pod["metadata"]]


def all_pods(kubectl: Kubectl, namespace: str, selector: str) -> list[dict[str, Any]]:
    """With those that end."""
    found: list[dict[str, Any]] = kubectl.read("pods", f"--namespace={namespace}", f"--selector={selector}")["items"]
    return found
