"""Step: check that users can open the portal."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.step import Step
from portal.probe.smoke import smoke_test


class SmokeTest(Step):
    """Wait until the portal answers at its address, with its title."""

    name = "smoke-test"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        smoke_test(deployment.plan.settings.url, deployment.plan.app_config.title, deployment.progress)
