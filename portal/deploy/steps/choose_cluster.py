"""Step: choose the cluster of a local stack."""

from __future__ import annotations

from portal.deploy.choose_cluster import choose_cluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class ChooseCluster(Step):
    """Gives the named cluster, else the one of the last ``up``, else one that this machine can run."""

    name = "choose-cluster"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        plan, options = deployment.plan, deployment.options
        cluster = choose_cluster(
            deployment.checkout, plan.stack, plan.settings, context=options.context, chosen=options.cluster
        )
        deployment.give(cluster)
