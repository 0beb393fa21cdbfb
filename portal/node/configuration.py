"""The configuration files of the node's components. They contain paths inside the node's mount namespace."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from portal.base.yaml_text import yaml_text
from portal.node.layout import (
    CGROUP,
    CONTAINERD_SOCKET,
    DNS_ADDRESS,
    INSIDE,
    NAME,
    NODE_ADDRESS,
    POD_NETWORK,
    UPSTREAM_DNS,
    NodeLayout,
)

SANDBOX_IMAGE = "localhost/portal-node:1"
LOCAL_API = "https://127.0.0.1:6443"
REMOTE_API = f"https://{NODE_ADDRESS}:6443"

COMPONENTS = ("admin", "controller-manager", "scheduler", "proxy", "network-policies", "kubelet")


def write_configuration(layout: NodeLayout) -> None:
    """Write every component's configuration. It contains no paths of this machine."""
    for folder in (layout.configuration / "cni", layout.kubeconfigs, layout.logs, layout.volumes):
        folder.mkdir(parents=True, exist_ok=True)
    for component in COMPONENTS:
        write_private(layout.kubeconfigs / component, json.dumps(kubeconfig(layout, component, LOCAL_API)))
    (layout.configuration / "containerd.toml").write_text(_containerd(), "utf-8")
    (layout.configuration / "kubelet.yaml").write_text(yaml_text(_kubelet()), "utf-8")
    (layout.configuration / "resolv.conf").write_text(f"nameserver {UPSTREAM_DNS}\n", "utf-8")
    (layout.configuration / "cni" / "10-portal.conflist").write_text(json.dumps(_network(), indent=1), "utf-8")


def kubeconfig(layout: NodeLayout, component: str, server: str) -> dict[str, Any]:
    """A kubeconfig with embedded certificates and keys, for a component of the node or for people outside it."""

    def content(file: str) -> str:
        return base64.b64encode((layout.pki / file).read_bytes()).decode()

    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": NAME,
        "clusters": [{"name": NAME, "cluster": {"server": server, "certificate-authority-data": content("ca.crt")}}],
        "users": [
            {
                "name": component,
                "user": {
                    "client-certificate-data": content(f"{component}.crt"),
                    "client-key-data": content(f"{component}.key"),
                },
            }
        ],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": component}}],
    }


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _containerd() -> str:
    return f"""\
version = 3
root = "{INSIDE}/containerd"
state = "/run/portal-containerd"

[grpc]
  address = "{CONTAINERD_SOCKET}"

[plugins."io.containerd.cri.v1.runtime"]
  # Without CAP_SYS_RESOURCE (in containers, on CI machines), a sandbox cannot lower its OOM score and does not start.
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["{INSIDE}/programs/cni"]
    conf_dir = "{INSIDE}/configuration/cni"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "{INSIDE}/programs/runc"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "{SANDBOX_IMAGE}"
"""


def _kubelet() -> dict[str, Any]:
    pki = INSIDE / "pki"
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{pki}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "address": NODE_ADDRESS,
        "tlsCertFile": f"{pki}/kubelet.crt",
        "tlsPrivateKeyFile": f"{pki}/kubelet.key",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": f"{INSIDE}/configuration/resolv.conf",
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{CGROUP}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "podLogsDir": f"{INSIDE}/logs/pods",
        "volumePluginDir": f"{INSIDE}/volume-plugins",
        # Images are loaded, not pulled, so the kubelet cannot pull an image again after garbage collection.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"nodefs.available": "1%", "imagefs.available": "1%", "memory.available": "100Mi"},
    }


def _network() -> dict[str, Any]:
    """The pod network. It routes instead of bridging, so that network policies can filter all traffic between pods."""
    return {
        "cniVersion": "0.4.0",
        "name": NAME,
        "plugins": [
            {
                "type": "ptp",
                "ipMasq": True,
                "ipam": {
                    "type": "host-local",
                    "dataDir": "/run/portal-addresses",
                    "ranges": [[{"subnet": POD_NETWORK}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            }
        ],
    }
