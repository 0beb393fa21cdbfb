"""Which composition a stack's target stands for."""

from __future__ import annotations

from collections.abc import Callable

from stacks import kubernetes, local
from stacks.door import Deployment

COMPOSITIONS: dict[str, Callable[[Deployment], kubernetes.Portal]] = {
    "local": local.build,
    "kubernetes": kubernetes.build,
}


def build(deployment: Deployment) -> kubernetes.Portal:
    """Build what the stack's target says."""
    return COMPOSITIONS[deployment.plan.settings.target](deployment)
