"""The end of a local stack's processes, not of its data."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine
from portal.deploy.step import Step


class Stop(Step):
    """Stop a cluster that is ours; out of another one, take what runs."""

    name = "down"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        cluster, engine = deployment.get(LocalCluster), deployment.find(DeployEngine)
        if engine is not None and not cluster.ours:
            # What an engine with a state made is the engine's to remove, or the next `up` believes that it is there.
            engine.remove()
        cluster.stop(deployment.progress)
