"""Step: find out whether a cluster of ours has another stack in it."""

from __future__ import annotations

from portal.base.errors import PortalError, SituationError
from portal.deploy.cluster import LocalCluster
from portal.deploy.deployment import Deployment
from portal.deploy.own_cluster import OwnCluster
from portal.deploy.shared_cluster import SharedCluster, recorded_neighbours, running_neighbours
from portal.deploy.step import Step


class ShareCluster(Step):
    """Gives the cluster as a shared one if another stack is in it: it then stays, and only this stack's objects go.

    ``data``: stacks that are stopped count too, because their data is in the cluster.
    """

    name = "share-cluster"

    def __init__(self, *, data: bool) -> None:
        self._data = data

    def run(self, deployment: Deployment) -> None:
        """See the class. A stopped cluster is started if data has to be deleted from it, and stopped again."""
        own = deployment.get(LocalCluster)
        if not isinstance(own, OwnCluster):
            return
        stack, runs = deployment.plan.stack, own.running()
        recorded = set(recorded_neighbours(own, stack)) if self._data else set[str]()
        if recorded and not runs:
            own.start(deployment.progress)
        running = _running(own, stack) if runs or recorded else set[str]()
        if self._data and running and not recorded:
            raise _of_nobody(sorted(running))
        if recorded or running:
            deployment.progress.note(f"The cluster stays: it also has {', '.join(sorted(recorded | running))}.")
            deployment.give(SharedCluster.of(own, deployment.plan, stop_again=self._data and not runs))


def _of_nobody(names: list[str]) -> SituationError:
    """The error for stacks that go with the cluster, and that this checkout cannot take down one by one."""
    return SituationError(
        f"`--delete-data` deletes the whole cluster, and it also has {', '.join(names)}, which this checkout does"
        " not keep a record of",
        f"run `portal down --stack {names[0]}` where it was deployed, or delete its Deployments and StatefulSets",
    )


def _running(own: OwnCluster, stack: str) -> set[str]:
    try:
        return set(running_neighbours(own.kubectl().api, stack))
    except PortalError:
        # A cluster that does not answer can still be stopped or deleted.
        return set()
