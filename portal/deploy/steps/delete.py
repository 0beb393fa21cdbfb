"""The end of a local stack, data included."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class Delete(Step):
    """Delete a cluster that is ours; out of another one, everything that is the stack's."""

    name = "down"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        deployment.get(LocalCluster).delete(deployment.progress)
