"""The paths of the node's files, and the node's network addresses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

NAME = "portal"

# A /30 network between the machine and the node. Everything else is in the node's own network namespace.
HOST_ADDRESS = "10.213.77.1"
NODE_ADDRESS = "10.213.77.2"
LINK_PREFIX = 30
HOST_INTERFACE = "portal0"

POD_NETWORK = "10.244.0.0/24"
SERVICE_NETWORK = "10.96.0.0/16"
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"
# The resolver of slirp4netns. It forwards to the machine's DNS servers.
UPSTREAM_DNS = "10.0.2.3"

# The node's folder inside its mount namespace. Always here, so that socket paths are short wherever the checkout is.
INSIDE = Path("/run/portal-node")
NETWORK_NAMESPACE = Path("/run/netns/portal")
SUPERVISOR_SOCKET = Path("/run/portal-supervisor.sock")
CONTAINERD_SOCKET = Path("/run/portal-containerd.sock")

CGROUP = "portal-node"

# DNS and a storage class, which other clusters already have.
ADDONS = Path(__file__).parent / "addons.yaml"


@dataclass(frozen=True)
class NodeLayout:
    """The folder of a node (``.portal/node``). Its paths are as the machine sees them. Creates nothing."""

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
        """The folder of the storage class, with the data of pods."""
        return self.root / "volumes"

    @property
    def process_file(self) -> Path:
        """The file with the process that holds the node's namespaces, and when it started."""
        return self.root / "process.json"

    @property
    def sysctl_file(self) -> Path:
        """The file with the original values of the machine's kernel settings that the kubelet changes."""
        return self.root / "sysctl.json"
