"""Which cluster a local stack runs in."""

from __future__ import annotations

from portal.deploy.choose_cluster import choose_cluster
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step


class ChooseCluster(Step):
    """Gives the cluster that was named, or that of the last ``up``, or one that this machine can have."""

    name = "choose-cluster"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        plan, options = deployment.plan, deployment.options
        cluster = choose_cluster(
            deployment.checkout, plan.stack, plan.settings, context=options.context, chosen=options.cluster
        )
        deployment.give(cluster)
