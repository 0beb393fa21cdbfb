"""The node's processes, as supervisor runs them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from portal.contract import NODE_PORT
from portal.node.layout import (
    INSIDE,
    NAME,
    NETWORK_NAMESPACE,
    NODE_ADDRESS,
    POD_NETWORK,
    SERVICE_NETWORK,
    SUPERVISOR_SOCKET,
)

PKI = INSIDE / "pki"
KUBECONFIGS = INSIDE / "kubeconfigs"
PROGRAMS = INSIDE / "programs"


@dataclass(frozen=True)
class NodeProcess:
    """A process of the node. It runs in the node's network namespace if ``inside`` is true, else in the machine's."""

    name: str
    command: Sequence[str]
    inside: bool = True


def node_processes(port: int) -> list[NodeProcess]:
    """All processes, in the order in which they start. Each is restarted until everything that it needs is available.

    Their commands contain only paths inside the node, which are the same on every machine.
    """
    kube = f"{PROGRAMS}/kubernetes"
    return [
        NodeProcess(
            "egress",
            # Outgoing traffic is like that of any program of the machine. It needs no rule, route or forwarding there.
            [
                "slirp4netns",
                "--netns-type=path",
                "--configure",
                "--mtu=65520",
                "--disable-host-loopback",
                str(NETWORK_NAMESPACE),
                "tap0",
            ],
            inside=False,
        ),
        NodeProcess(
            "forward",
            [
                "socat",
                f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,nodelay",
                f"TCP:{NODE_ADDRESS}:{NODE_PORT},nodelay",
            ],
            inside=False,
        ),
        NodeProcess(
            "containerd",
            [f"{PROGRAMS}/containerd/containerd", "--config", f"{INSIDE}/configuration/containerd.toml"],
        ),
        NodeProcess("etcd", _etcd(f"{PROGRAMS}/etcd")),
        NodeProcess("kube-apiserver", _apiserver(kube)),
        NodeProcess("kube-controller-manager", _controller_manager(kube)),
        NodeProcess(
            "kube-scheduler",
            [
                f"{kube}/kube-scheduler",
                f"--kubeconfig={KUBECONFIGS}/scheduler",
                "--bind-address=127.0.0.1",
                "--leader-elect=false",
            ],
        ),
        NodeProcess(
            "kubelet",
            [
                f"{kube}/kubelet",
                f"--config={INSIDE}/configuration/kubelet.yaml",
                f"--kubeconfig={KUBECONFIGS}/kubelet",
                f"--hostname-override={NAME}",
                f"--node-ip={NODE_ADDRESS}",
                f"--root-dir={INSIDE}/kubelet",
            ],
        ),
        NodeProcess(
            "kube-proxy",
            [
                f"{kube}/kube-proxy",
                f"--kubeconfig={KUBECONFIGS}/proxy",
                f"--hostname-override={NAME}",
                f"--cluster-cidr={POD_NETWORK}",
                "--proxy-mode=iptables",
                # Two services need no pause between writes: a pod that ends gets no requests a second later.
                "--iptables-min-sync-period=100ms",
                # Do not change these settings: they apply to the whole machine, not only to the namespace.
                "--conntrack-max-per-core=0",
                "--oom-score-adj=0",
            ],
        ),
        NodeProcess(
            "network-policies",
            [
                f"{PROGRAMS}/addons/network-policies",
                f"--kubeconfig={KUBECONFIGS}/network-policies",
                f"--node={NAME}",
                f"--service-cidr={SERVICE_NETWORK}",
            ],
        ),
    ]


def _etcd(folder: str) -> list[str]:
    client, peer = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
    return [
        f"{folder}/etcd",
        f"--name={NAME}",
        f"--data-dir={INSIDE}/etcd",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster={NAME}={peer}",
        "--auto-compaction-retention=1",
        "--logger=zap",
    ]


def _apiserver(folder: str) -> list[str]:
    return [
        f"{folder}/kube-apiserver",
        "--etcd-servers=http://127.0.0.1:2379",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        "--service-node-port-range=30000-32767",
        "--secure-port=6443",
        f"--advertise-address={NODE_ADDRESS}",
        f"--tls-cert-file={PKI}/apiserver.crt",
        f"--tls-private-key-file={PKI}/apiserver.key",
        f"--client-ca-file={PKI}/ca.crt",
        f"--service-account-key-file={PKI}/tokens.pub",
        f"--service-account-signing-key-file={PKI}/tokens.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--kubelet-client-certificate={PKI}/apiserver-kubelet.crt",
        f"--kubelet-client-key={PKI}/apiserver-kubelet.key",
        f"--kubelet-certificate-authority={PKI}/ca.crt",
        # Otherwise, logs and exec look up the node's name in DNS.
        "--kubelet-preferred-address-types=InternalIP",
        "--allow-privileged=true",
        "--anonymous-auth=false",
    ]


def _controller_manager(folder: str) -> list[str]:
    return [
        f"{folder}/kube-controller-manager",
        f"--kubeconfig={KUBECONFIGS}/controller-manager",
        f"--authentication-kubeconfig={KUBECONFIGS}/controller-manager",
        f"--authorization-kubeconfig={KUBECONFIGS}/controller-manager",
        f"--service-account-private-key-file={PKI}/tokens.key",
        f"--root-ca-file={PKI}/ca.crt",
        f"--cluster-signing-cert-file={PKI}/ca.crt",
        f"--cluster-signing-key-file={PKI}/ca.key",
        f"--cluster-cidr={POD_NETWORK}",
        "--allocate-node-cidrs=true",
        "--node-cidr-mask-size=24",
        "--use-service-account-credentials=true",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
    ]


def supervisor_configuration(processes: Sequence[NodeProcess]) -> str:
    """The configuration of supervisor, which restarts every process that ends, and rotates logs.

    See http://supervisord.org/configuration.html. It sets no environment, so processes inherit that of supervisor.
    """
    sections = [
        f"""\
[supervisord]
nodaemon=true
user=root
logfile={INSIDE}/logs/supervisor.log
logfile_maxbytes=1MB
pidfile=/run/portal-supervisor.pid

[unix_http_server]
file={SUPERVISOR_SOCKET}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{SUPERVISOR_SOCKET}
"""
    ]
    for priority, process in enumerate(processes):
        enter = ["nsenter", f"--net={NETWORK_NAMESPACE}", "--"] if process.inside else []
        sections.append(
            f"""\
[program:{process.name}]
command={_words([*enter, *process.command])}
priority={priority}
autorestart=true
startsecs=0
startretries=1000000
stopwaitsecs=4
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={INSIDE}/logs/{process.name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1
"""
        )
    return "\n".join(sections)


def _words(command: Sequence[str]) -> str:
    """A command in supervisor's syntax: quoted as in a shell, and with `%%` for `%`, because `%` begins a variable.

    ` #` and ` ;` begin a comment even inside quotes, so no argument may contain them.
    """
    text = shlex.join(command).replace("%", "%%")
    if " #" in text or " ;" in text or "\n" in text:
        raise ValueError(f"supervisor cannot be told to run {text}")
    return text
