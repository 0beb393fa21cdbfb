"""Step: ask everything that can be refused before anything is built."""

from __future__ import annotations

from portal.base.errors import PortalError, raise_first
from portal.deploy.cluster import LocalCluster, RunningCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import DeployEngine
from portal.deploy.live_check import findings_before_a_build
from portal.deploy.step import Step
from portal.image.build import up_to_date_images
from portal.plan import Plan
from portal.release.release import read_portal


class AskFirst(Step):
    """Find a wrong context, a port that another program has, and what a cluster that runs would reject.

    A build can take minutes, and it would be for nothing. Where nothing has to be built, the preflight that follows
    asks the same. Gives the running cluster if it is not ours.
    """

    name = "ask-first"

    def run(self, deployment: Deployment) -> None:
        """See the class. A cluster of ours that does not run yet has nothing to say."""
        cluster = deployment.get(LocalCluster)
        cluster.require_port()
        if not cluster.ours:
            deployment.give(cluster.start(deployment.progress))
        if not cluster.running() or self._is_built(deployment):
            return
        running = deployment.find(RunningCluster)
        kubectl = running.kubectl if running is not None else cluster.kubectl()
        raise_first(
            findings_before_a_build(
                kubectl.api,
                deployment.checkout,
                deployment.get(Plan),
                deployment.file,
                ours=cluster.ours,
                replaces=deployment.get(DeployEngine).replaces,
            )
        )

    def _is_built(self, deployment: Deployment) -> bool:
        composition = read_portal(deployment.checkout)[2]
        try:
            return up_to_date_images(composition, deployment.checkout, deployment.options.builder) is not None
        except (PortalError, OSError):
            # Then the build ends at once, and says what it lacks.
            return True
