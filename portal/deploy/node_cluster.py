"""Our own single-node Kubernetes as the cluster of a stack."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.ports import require_free_port
from portal.base.process import output
from portal.base.progress import Progress
from portal.deploy.cluster import RunningCluster
from portal.deploy.own_cluster import OwnCluster
from portal.deploy.publication import Publication, publication_of_a_start, write_publication
from portal.image.build import require_disk
from portal.image.container_builder import container_builder
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.pods import used_images
from portal.node.configuration import SANDBOX_IMAGE
from portal.node.images import drop_images, load_image, node_image_archive
from portal.node.layout import ADDONS, NAME, NodeLayout
from portal.node.lifecycle import Node, require_root
from portal.node.machine import program_path
from portal.node.packages import install_packages, unpacked
from portal.node.programs import Programs
from portal.node.readiness import is_ready
from portal.node.tools import KUBERNETES_TOOL, build_tools, built_folder, unbuilt_tools
from portal.release.images import Images

READY_SECONDS = 120
# Disk space for a first start: programs, module cache, and build cache.
NEEDED_BYTES = 8 * 2**30


@dataclass(frozen=True)
class NodeCluster(OwnCluster):
    """The node of one checkout, as one stack uses it."""

    id: ClassVar[str] = "node"

    checkout: Checkout
    port: int
    stack: str = "local"
    node_port: int | None = None

    @classmethod
    def on_this_machine(cls, checkout: Checkout, port: int, stack: str, node_port: int | None) -> NodeCluster:
        """The node. ``prepare`` checks whether this machine can run one."""
        return cls(checkout, port, stack, node_port)

    def prepare(self, progress: Progress) -> None:
        """Install Debian packages that are missing."""
        require_root()
        if self.running():
            return
        require_free_port(self._to_publish.port)
        install_packages(progress, self.checkout.logs / "apt.log")

    def start(self, progress: Progress) -> RunningCluster:
        """Build what is not built, start the node, and give it DNS and a storage class."""
        require_root()
        if not self.running():
            if unbuilt_tools(self.checkout.tools):
                require_disk(self.checkout.root, NEEDED_BYTES)
            log = self.checkout.logs / "tools.log"
            self._start(build_tools(self.checkout.tools, progress, log), progress)
        return RunningCluster(
            self.kubectl(),
            {
                "portal:cluster": {
                    "context": NAME,
                    "kubeconfig": self.checkout.relative(self.checkout.own_kubeconfig),
                },
                **self.service_settings(),
            },
        )

    def load(self, images: Images, progress: Progress) -> None:
        """Load the last build's missing images, and remove those of earlier builds that no stack uses any more."""
        node = self._node()
        known = output(node.ctr("images", "list", "--quiet")).split()
        for image in (images.portal, images.database):
            if image.archive is None or image.reference in known:
                continue
            with progress.phase(f"Load {image.name.rpartition('/')[2]} into the node"):
                load_image(node, self.checkout.root / image.archive, image.reference)
                drop_images(node, image.name, {image.reference, *used_images(self.kubectl().api)})

    def stop(self, progress: Progress) -> None:
        """Stop the node's processes."""
        require_root()
        self.close()
        with progress.phase("Stop the node"):
            self._node().stop()

    def delete(self, progress: Progress) -> None:
        """Stop the node and delete its folder."""
        require_root()
        self.close()
        with progress.phase("Delete the node"):
            self._node().delete()
            shutil.rmtree(self.checkout.cluster, ignore_errors=True)

    def running(self) -> bool:
        """Whether its first process is alive."""
        return self._node().running()

    def kubectl(self) -> Kubectl:
        """The kubectl that the node was started with, with its administrator's rights."""
        built = built_folder(self.checkout.tools, KUBERNETES_TOOL) / "kubectl"
        program = self._node().kubectl if self.running() else built
        return Kubectl(program, NAME, self.checkout.own_kubeconfig, self.checkout.state)

    def _start(self, built: Mapping[str, Path], progress: Progress) -> None:
        log = self.checkout.logs / "tools.log"
        with progress.phase("Start Kubernetes") as phase:
            node = self._node()
            builder = container_builder(self.checkout.containers, "buildah")
            debian = unpacked(log)
            archive = node_image_archive(builder, built["addons"], debian, self.checkout.build)
            phase.update("API server")
            published = self._to_publish
            began = datetime.now(UTC)
            node.start(_programs(built, debian), published.port, self.checkout.own_kubeconfig)
            write_publication(self.checkout, published)
            phase.update("DNS and storage")
            load_image(node, archive, SANDBOX_IMAGE)
            kubectl = self.kubectl()
            output(kubectl.command("apply", "--server-side", f"--filename={ADDONS}"))
            phase.update("node")
            _await_ready(kubectl, began)

    @property
    def _to_publish(self) -> Publication:
        return publication_of_a_start(self.checkout, self.stack, self.port)

    def _node(self) -> Node:
        return Node(NodeLayout(self.checkout.node))


def _programs(built: Mapping[str, Path], debian: Path) -> Programs:
    runc = shutil.which("runc", path=program_path())
    if runc is None:
        raise PortalError("the local node needs runc, and there is none on the PATH")
    return Programs(
        kubernetes=built["kubernetes"],
        containerd=built["containerd"],
        addons=built["addons"],
        etcd=debian / "usr/bin",
        cni=debian / "usr/lib/cni",
        runc=Path(runc),
    )


def _await_ready(kubectl: Kubectl, began: datetime) -> None:
    """Wait until the node reports that it is ready. Ignores reports of before ``began``, which the server still has.

    A kubelet reports when it starts, and then only what changes, or every five minutes
    (https://kubernetes.io/docs/reference/node/node-status/#heartbeats).
    """
    deadline = time.monotonic() + READY_SECONDS
    while True:
        if any(is_ready(node, began) for node in kubectl.read("nodes")["items"]):
            return
        if time.monotonic() > deadline:
            raise PortalError(f"the node was not ready within {READY_SECONDS} s; its logs are under .portal/node/logs")
        time.sleep(0.3)
