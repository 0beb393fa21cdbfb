"""kind: Kubernetes in a container, where docker or podman runs."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError
from portal.base.files import write_whole
from portal.base.ports import require_free_port
from portal.base.process import output, run
from portal.base.progress import Progress
from portal.base.yaml_document import Value
from portal.contract import NODE_PORT
from portal.deploy.cluster import RunningCluster
from portal.deploy.own_cluster import OwnCluster
from portal.deploy.publication import Publication, write_publication
from portal.image.container_builder import archive_tag
from portal.image.container_runtime import container_runtime
from portal.kubernetes.kubectl import Kubectl
from portal.release.images import Images

NAME = "portal"
NODE = f"{NAME}-control-plane"
CONTEXT = f"kind-{NAME}"

READY_SECONDS = 120.0
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class KindCluster(OwnCluster):
    """A kind cluster of one node called ``portal``, as one stack uses it. ``runtime`` runs the node's container."""

    id: ClassVar[str] = "kind"

    checkout: Checkout
    port: int
    runtime: str
    stack: str = "local"
    node_port: int | None = None

    @classmethod
    def on_this_machine(
        cls, checkout: Checkout, port: int, stack: str, node_port: int | None
    ) -> KindCluster | InputError:
        """The cluster, or the reason why this machine cannot run one."""
        runtime = container_runtime()
        if runtime is not None:
            return cls(checkout, port, runtime, stack, node_port)
        return SituationError(
            "kind needs docker or podman, and neither of them runs here", "start one of them, or leave --cluster out"
        )

    def prepare(self, progress: Progress) -> None:
        """Look for the programs that are needed."""
        for program, where in (
            ("kind", "https://kind.sigs.k8s.io"),
            ("kubectl", "https://kubernetes.io/docs/tasks/tools"),
        ):
            if shutil.which(program) is None:
                raise PortalError(
                    f"{program} is not on the PATH. Install it ({where}), or name a cluster with --context."
                )

    def require_port(self) -> None:
        """See :class:`LocalCluster`. The cluster of another checkout is named before its port."""
        if self._exists():
            self._require_ours()
        super().require_port()

    def start(self, progress: Progress) -> RunningCluster:
        """Create the cluster, or start its container again, and wait until it answers."""
        kubeconfig = self.checkout.own_kubeconfig
        if self._exists():
            self._require_ours()
            if not self.running():
                require_free_port(self.published.port)
                with progress.phase("Start the kind cluster"):
                    output([self.runtime, "start", NODE])
            # A container engine that starts with its machine starts the node too.
            self._await_ready(progress)
        else:
            require_free_port(self.port)
            with progress.phase("Create a kind cluster") as phase:
                self._create(kubeconfig, phase.update)
                write_publication(self.checkout, Publication(self.port, self.stack))
        settings: dict[str, Value] = {"context": CONTEXT, "kubeconfig": self.checkout.relative(kubeconfig)}
        return RunningCluster(self.kubectl(), {"portal:cluster": settings, **self.service_settings()})

    def load(self, images: Images, progress: Progress) -> None:
        """Load archives into the node."""
        load_into_kind(NAME, self.runtime, images, self.checkout, progress)

    def stop(self, progress: Progress) -> None:
        """Stop the node's container."""
        self.close()
        if self.running():
            with progress.phase("Stop the kind cluster"):
                output([self.runtime, "stop", NODE])

    def delete(self, progress: Progress) -> None:
        """Delete the cluster, if this checkout made it."""
        self.close()
        if self._ours and self._exists():
            with progress.phase("Delete the kind cluster"):
                run(["kind", "delete", "cluster", "--name", NAME], env=_environment(self.runtime))

    def running(self) -> bool:
        """Whether this checkout's cluster runs."""
        return self._ours and NODE in output([self.runtime, "ps", "--format", "{{.Names}}"]).split()

    def kubectl(self) -> Kubectl:
        """Kubectl of the PATH with the cluster's own kubeconfig."""
        program = Path(shutil.which("kubectl") or "kubectl")
        return Kubectl(program, CONTEXT, self.checkout.own_kubeconfig, self.checkout.state)

    @property
    def _ours(self) -> bool:
        """Whether this checkout created the cluster. All checkouts use the same name, so there can be only one."""
        return self.checkout.own_kubeconfig.is_file()

    def _require_ours(self) -> None:
        if not self._ours:
            raise SituationError(
                f"kind already has a cluster {NAME}, which this checkout did not create",
                "run `portal down --delete-data` in the checkout that created it, delete it with kind,"
                f" or use it with --context {CONTEXT}",
            )

    def _await_ready(self, progress: Progress) -> None:
        """Wait for the node's containerd and for the API server."""
        deadline = time.monotonic() + READY_SECONDS
        with progress.phase("Wait for the kind cluster"):
            while True:
                try:
                    output([self.runtime, "exec", NODE, "ctr", "version"])
                    output(self.kubectl().command("get", "--raw", "/readyz"))
                except PortalError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(POLL_SECONDS)
                else:
                    return

    def _exists(self) -> bool:
        return NODE in output([self.runtime, "ps", "--all", "--format", "{{.Names}}"]).split()

    def _create(self, kubeconfig: Path, say: Callable[[str], None]) -> None:
        kubeconfig.parent.mkdir(parents=True, exist_ok=True)
        mapping = {"containerPort": NODE_PORT, "hostPort": self.port, "listenAddress": "127.0.0.1"}
        content = {
            "kind": "Cluster",
            "apiVersion": "kind.x-k8s.io/v1alpha4",
            "nodes": [{"role": "control-plane", "extraPortMappings": [mapping]}],
        }
        file = self.checkout.cluster / "kind.json"
        write_whole(file, json.dumps(content))
        words = [
            "kind",
            "create",
            "cluster",
            "--name",
            NAME,
            "--config",
            file,
            "--kubeconfig",
            kubeconfig,
            "--wait",
            "180s",
        ]
        run(words, env=_environment(self.runtime), on_line=say)
        kubeconfig.chmod(0o600)


def load_into_kind(cluster: str, runtime: str, images: Images, checkout: Checkout, progress: Progress) -> None:
    """Load archives into every node of a kind cluster, and tag the images by digest, because pods refer to digests."""
    environment = _environment(runtime)
    for node in output(["kind", "get", "nodes", "--name", cluster], env=environment).split():
        containerd = [runtime, "exec", node, "ctr", "--namespace=k8s.io", "images"]
        known = output([*containerd, "list", "--quiet"]).split()
        for image in (images.portal, images.database):
            if image.archive is None or image.reference in known:
                continue
            archive = checkout.root / image.archive
            with progress.phase(f"Load {image.name.rpartition('/')[2]} into {node}"):
                run(["kind", "load", "image-archive", archive, "--name", cluster, "--nodes", node], env=environment)
                output([*containerd, "tag", "--force", archive_tag(archive), image.reference])


def _environment(runtime: str) -> Mapping[str, str]:
    provider = {"KIND_EXPERIMENTAL_PROVIDER": "podman"} if runtime == "podman" else {}
    return {**provider, "PATH": os.environ.get("PATH", "")}
