"""Step: check that users can open the portal."""

from __future__ import annotations

from portal.deploy.deployment import Deployment
from portal.deploy.step import Step
from portal.probe.smoke import smoke_test


class SmokeTest(Step):
    """Wait until the portal answers at its address, with its title, or sends people to where they sign in first."""

    name = "smoke-test"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        plan = deployment.plan
        smoke_test(plan.settings.url, plan.app_config.title, deployment.progress, sign_in=plan.resolved.signs_in_at)
