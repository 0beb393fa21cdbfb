"""Step: run all checks that need no cluster."""

from __future__ import annotations

from dataclasses import replace

from portal.base.errors import raise_first
from portal.checks import findings
from portal.checks.notices import notices
from portal.deploy.deployment import Deployment
from portal.deploy.step import Step
from portal.stackfile.generated import require_openable


class Check(Step):
    """Run the same checks as ``portal check``. Gives the checked plan, so that the program does not check it again.

    Looks besides whether the stack's generated secrets can be opened, before anything is built for them.
    """

    name = "check"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        plan = deployment.plan
        raise_first(findings(plan))
        require_openable(deployment.checkout, plan.stack)
        for notice in notices(plan):
            deployment.progress.note(notice)
        deployment.give(replace(plan, checked=True))
