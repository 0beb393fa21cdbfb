"""A portal on this machine."""

from __future__ import annotations

from portal.base.checkout import OWN_KUBECONFIG
from portal.models.stack import StackSettings
from portal.targets.target import Target


class LocalTarget(Target):
    """Without ``portal:cluster``, ``portal up`` chooses or makes a cluster."""

    def owns_cluster(self, settings: StackSettings) -> bool:
        """Whether the stack names no cluster, or one from the kubeconfig that ``portal up`` writes for its own."""
        return settings.cluster is None or settings.cluster.kubeconfig == OWN_KUBECONFIG


TARGET = LocalTarget(
    name="local",
    summary="the cluster that `portal up` chooses or makes on this machine",
    team=False,
    loads_images=True,
)
