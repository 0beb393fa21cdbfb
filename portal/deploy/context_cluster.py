"""An existing cluster, used through its kubeconfig context. Never created, started, or deleted here."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from portal.base.address import read_address
from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.process import output
from portal.base.progress import Progress
from portal.deploy.cluster import LocalCluster, RunningCluster
from portal.deploy.forward import Forward
from portal.deploy.kind_cluster import load_into_kind
from portal.deploy.reach import forward_to_the_portal, forwarding, require_port_for_forward
from portal.image.container_runtime import container_runtime
from portal.kubernetes.api_errors import ClusterError
from portal.kubernetes.kubeconfig_file import kubeconfig_file
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.ownership import OWN_TYPES, ROLE_TYPES, own_selector
from portal.kubernetes.refusal import cluster_refusal
from portal.models.cluster import Cluster, Namespace
from portal.release.images import Images


@dataclass(frozen=True)
class ContextCluster(LocalCluster):
    """A context that the user named. kubectl forwards a port to the portal."""

    id: ClassVar[str] = "context"
    ours: ClassVar[bool] = False

    checkout: Checkout
    cluster: Cluster
    url: str
    stack: str
    namespace: Namespace

    @property
    def named(self) -> Cluster:
        """The context."""
        return self.cluster

    def start(self, progress: Progress) -> RunningCluster:
        """Check that the API server answers, within ten seconds."""
        kubectl = self.kubectl()
        with progress.phase(f"Reach the cluster of context {self.cluster.context}"):
            _require_context(kubectl)
            try:
                kubectl.api.text("/readyz")
            except ClusterError as error:
                raise cluster_refusal(error) or error from error
        settings = self.cluster.model_dump(by_alias=True, exclude_none=True)
        return RunningCluster(kubectl, {"portal:cluster": settings})

    def load(self, images: Images, progress: Progress) -> None:
        """Load archives if this is a kind cluster. In other clusters, only the owner knows how to load images."""
        archived = [image.reference for image in (images.portal, images.database) if image.archive is not None]
        runtime = container_runtime()
        if self.cluster.context.startswith("kind-") and runtime is not None:
            load_into_kind(self.cluster.context.removeprefix("kind-"), runtime, images, self.checkout, progress)
        elif archived:
            progress.note(f"The nodes of {self.cluster.context} need {' and '.join(archived)}: no registry has them.")

    def require_port(self) -> None:
        """See :class:`LocalCluster`."""
        require_port_for_forward(self._forward, self._port)

    def open(self, namespace: str, service: str) -> None:
        """Forward the portal's port with kubectl, in the background, until ``down``."""
        forward_to_the_portal(self._forward, self.kubectl(), self.stack, namespace, service, self._port)

    def close(self) -> None:
        """Stop forwarding."""
        self._forward.stop()

    def stop(self, progress: Progress) -> None:
        """Delete the portal's workloads; keep the namespace and its PersistentVolumeClaim."""
        self.close()
        with progress.phase("Remove the portal's workloads"):
            selector = f"--selector={own_selector(self.stack)}"
            output(
                self.kubectl().command(
                    "delete",
                    "deployments,statefulsets",
                    f"--namespace={self.namespace.name}",
                    selector,
                    "--ignore-not-found",
                )
            )

    def delete(self, progress: Progress) -> None:
        """Delete the namespace with everything in it. If we did not create it, delete only the stack's objects."""
        self.close()
        selector = f"--selector={own_selector(self.stack)}"
        kinds = "namespaces,clusterroles,clusterrolebindings"
        what = f"Delete the namespace {self.namespace.name}"
        if not self.namespace.create:
            kinds = ",".join(OWN_TYPES)
            what = f"Delete the portal from the namespace {self.namespace.name}"
        with progress.phase(what):
            # The portal has no users any more, so pods need no graceful shutdown.
            pods = ["delete", "deployments,statefulsets,pods", f"--namespace={self.namespace.name}", selector]
            output(self.kubectl().command(*pods, "--now", "--ignore-not-found", patience=0))
            roles = ["delete", ",".join(ROLE_TYPES), "--all-namespaces", selector, "--ignore-not-found"]
            output(self.kubectl().command(*roles, patience=0))
            words = ["delete", kinds, f"--namespace={self.namespace.name}", selector, "--ignore-not-found"]
            output(self.kubectl().command(*words, patience=0))

    def running(self) -> bool:
        """Always true: we do not check a cluster that is not ours."""
        return True

    def kubectl(self) -> Kubectl:
        """Kubectl of the PATH with the context; the kubeconfig is found as Pulumi's provider finds it."""
        program = shutil.which("kubectl")
        if program is None:
            raise PortalError("kubectl is not on the PATH. Install it (https://kubernetes.io/docs/tasks/tools).")
        kubeconfig = kubeconfig_file(self.cluster, self.checkout)
        return Kubectl(Path(program), self.cluster.context, kubeconfig, self.checkout.state)

    @property
    def _forward(self) -> Forward:
        return forwarding(self.checkout, self.stack)

    @property
    def _port(self) -> int:
        return read_address(self.url).tcp_port


def _require_context(kubectl: Kubectl) -> None:
    file = [f"--kubeconfig={kubectl.kubeconfig}"] if kubectl.kubeconfig is not None else []
    known = output([kubectl.program, *file, "config", "get-contexts", "--output=name"]).split()
    if kubectl.context not in known:
        raise InputError(
            where="--context, or portal:cluster",
            key="context",
            got=f'"{kubectl.context}"',
            allowed=f"a context of the kubeconfig ({', '.join(known) or 'it has none'})",
            fix="choose one of them",
        )
