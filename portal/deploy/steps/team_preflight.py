"""Step: check whether a team stack can be deployed to its cluster."""

from __future__ import annotations

import shutil

from portal.base.errors import raise_first
from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.live_check import account_findings, live_findings
from portal.deploy.step import Step


class TeamPreflight(Step):
    """Find what AWS and the cluster would reject, as ``portal check --cluster`` does, without the stack's secrets."""

    name = "preflight"

    def run(self, deployment: Deployment) -> None:
        """See the class. Without kubectl, only AWS is asked: Pulumi does not need it, but the cluster's checks do."""
        raise_first(account_findings(deployment.plan, deployment.progress))
        cluster = deployment.find(LocalCluster)
        if cluster is not None:
            cluster.require_port()
        if shutil.which("kubectl") is None:
            deployment.progress.note("The cluster was not checked first: kubectl is not on the PATH.")
            return
        raise_first(live_findings(deployment.checkout, deployment.plan, deployment.file, deployment.progress))
