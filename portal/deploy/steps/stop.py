"""Step: stop a local stack and keep its data."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine
from portal.deploy.step import Step


class Stop(Step):
    """Stop the cluster if it is ours, else remove the stack's workloads from it."""

    name = "down"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        cluster, engine = deployment.get(LocalCluster), deployment.find(DeployEngine)
        if engine is not None and not cluster.ours:
            # An engine with state must remove the objects itself. Otherwise the next `up` assumes that they exist.
            engine.remove()
        cluster.stop(deployment.progress)
