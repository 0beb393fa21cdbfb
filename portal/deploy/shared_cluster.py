"""A cluster of ours that another stack uses as well: to be left as it is, but for one stack's own objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portal.base.checkout import Checkout
from portal.base.progress import Progress
from portal.contract import MANAGED_BY_LABEL, PORTAL
from portal.deploy.context_cluster import ContextCluster
from portal.deploy.own_cluster import OwnCluster
from portal.deploy.stack_record import other_stacks, stack_record
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_paths import collection_path
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.ownership import owner
from portal.models.cluster import Cluster
from portal.plan import Plan


@dataclass(frozen=True)
class SharedCluster(ContextCluster):
    """The cluster as one of its stacks takes leave of it. ``stop_again``: it was started only for that."""

    own: OwnCluster
    stop_again: bool = False

    @classmethod
    def of(cls, own: OwnCluster, plan: Plan, *, stop_again: bool = False) -> SharedCluster:
        """A cluster of ours, used by a plan's stack."""
        settings, kubectl = plan.settings, own.kubectl()
        kubeconfig = str(kubectl.kubeconfig) if kubectl.kubeconfig is not None else None
        named = Cluster(context=kubectl.context, kubeconfig=kubeconfig)
        return cls(own.checkout, named, settings.url, plan.stack, settings.namespace, own, stop_again)

    def delete(self, progress: Progress) -> None:
        """Delete what is the stack's."""
        super().delete(progress)
        if self.stop_again:
            self.own.stop(progress)

    def kubectl(self) -> Kubectl:
        """The cluster's own."""
        return self.own.kubectl()


def running_neighbours(api: ClusterApi, stack: str) -> list[str]:
    """The other stacks, of this or another checkout, that have workloads in a cluster."""
    label = f"{MANAGED_BY_LABEL}={PORTAL}"
    found = [
        owner(item)
        for plural in ("deployments", "statefulsets")
        for item in api.list(collection_path("apps/v1", plural), labels=label, metadata_only=True)
    ]
    return sorted({name for name in found if name is not None and name != stack})


def recorded_neighbours(own: OwnCluster, stack: str) -> list[str]:
    """The other stacks of this checkout whose data is in a cluster of ours, whether it runs or not."""
    return list(_recorded(own.checkout, own, stack))


def _recorded(checkout: Checkout, own: OwnCluster, stack: str) -> Iterator[str]:
    for name in other_stacks(checkout, stack):
        record = stack_record(checkout, name)
        if record is None:
            continue
        named = Cluster(context=record.context or "", kubeconfig=record.kubeconfig) if record.context else None
        file = named.file(checkout.root) if named is not None else None
        if record.cluster == own.id or (file is not None and file.resolve() == checkout.own_kubeconfig.resolve()):
            yield name
