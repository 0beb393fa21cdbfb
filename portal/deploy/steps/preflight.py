"""Step: check whether the graph can be deployed to the cluster."""

from __future__ import annotations

from portal.deploy.cluster import LocalCluster, RunningCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import AcceptedBefore, DeployEngine
from portal.deploy.step import Step
from portal.graph.model import Graph
from portal.preflight.run import require_fit


class Preflight(Step):
    """Find, before anything is applied, what the cluster or the database would reject during the deployment."""

    name = "preflight"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        if deployment.find(AcceptedBefore) is not None:
            return
        require_fit(
            deployment.get(RunningCluster).kubectl.api,
            deployment.get(Graph),
            deployment.plan,
            deployment.checkout,
            deployment.progress,
            ours=deployment.get(LocalCluster).ours,
            replaces=deployment.get(DeployEngine).replaces,
        )
