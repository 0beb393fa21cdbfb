"""Step: import the program's dependencies in the background."""

from __future__ import annotations

from threading import Thread

from portal.deploy.deployment import Deployment
from portal.deploy.last_apply import last_apply
from portal.deploy.step import Step


class ImportAhead(Step):
    """Start importing Pulumi's SDK in a thread, if the program will be recorded. The import takes a second."""

    name = "import-ahead"

    def run(self, deployment: Deployment) -> None:
        """See the class."""
        if last_apply(deployment.checkout, deployment.plan.stack) is None:
            Thread(target=_import).start()


def _import() -> None:
    from portal.graph.program import import_ahead  # noqa: PLC0415 - the second that this is about

    import_ahead()
