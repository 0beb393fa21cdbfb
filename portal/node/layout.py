"""Where the node keeps its files, and its addresses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

NAME = "portal"

# A /30 between the machine and the node. Everything else lives in the node's own network namespace.
HOST_ADDRESS = "10.213.77.1"
NODE_ADDRESS = "10.213.77.2"
LINK_PREFIX = 30
HOST_INTERFACE = "portal0"

POD_NETWORK = "10.244.0.0/24"
SERVICE_NETWORK = "10.96.0.0/16"
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"
# slirp4netns' own resolver: it asks whom the machine asks.
UPSTREAM_DNS = "10.0.2.3"

# Inside the node's mount namespace its folder is always here: sockets have short paths wherever the checkout lies.
INSIDE = Path("/run/portal-node")
NETWORK_NAMESPACE = Path("/run/netns/portal")
SUPERVISOR_SOCKET = Path("/run/portal-supervisor.sock")
CONTAINERD_SOCKET = Path("/run/portal-containerd.sock")

CGROUP = "portal-node"

# DNS and a storage class: what every cluster brings along.
ADDONS = Path(__file__).parent / "addons.yaml"


@dataclass(frozen=True)
class NodeLayout:
    """The folder of one node (``.portal/node``) as the machine sees it. Creates nothing."""

    root: Path

    @property
    def pki(self) -> Path:
        """Certificates and keys; mode 0700."""
        return self.root / "pki"

    @property
    def kubeconfigs(self) -> Path:
        """One kubeconfig per component."""
        return self.root / "kubeconfigs"

    @property
    def configuration(self) -> Path:
        """Configuration files of the components."""
        return self.root / "configuration"

    @property
    def programs(self) -> Path:
        """Links to the programs that the node was started with."""
        return self.root / "programs"

    @property
    def logs(self) -> Path:
        """One log per component."""
        return self.root / "logs"

    @property
    def volumes(self) -> Path:
        """What pods keep: the storage class' folder."""
        return self.root / "volumes"

    @property
    def process_file(self) -> Path:
        """The process that holds the node's namespaces, and when it started."""
        return self.root / "process.json"

    @property
    def sysctl_file(self) -> Path:
        """The machine's kernel settings that the kubelet changes, as they were."""
        return self.root / "sysctl.json"
