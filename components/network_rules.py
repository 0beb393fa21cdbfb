"""Rules of network policies that more than one component needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict, NetworkPolicyPortArgsDict

# Instance metadata and everything else that is link-local: the node's credentials can be read there.
LINK_LOCAL = "169.254.0.0/16"
METADATA = "169.254.169.254/32"


def to_dns() -> NetworkPolicyEgressRuleArgsDict:
    """The cluster's DNS: by the label that most give it, or a cache on each node at a link-local address.

    Source: https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns
    """
    return {
        "to": [
            {
                "namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "kube-system"}},
                "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
            },
            {"ip_block": {"cidr": LINK_LOCAL, "except_": [METADATA]}},
        ],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
    }


def to_pods(labels: dict[str, str], port: int) -> NetworkPolicyEgressRuleArgsDict:
    """Allow pods of the same namespace."""
    return {"to": [{"pod_selector": {"match_labels": labels}}], "ports": [{"port": port, "protocol": "TCP"}]}


def to_network(cidr: str, ports: Sequence[int], protocol: str = "TCP") -> NetworkPolicyEgressRuleArgsDict:
    """Allow the addresses of one network."""
    return {"to": [{"ip_block": {"cidr": cidr}}], "ports": _ports(ports, protocol)}


def to_namespace(namespace: str, ports: Sequence[int], protocol: str = "TCP") -> NetworkPolicyEgressRuleArgsDict:
    """Allow every pod of another namespace."""
    return {
        "to": [{"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": namespace}}}],
        "ports": _ports(ports, protocol),
    }


def to_anywhere(*ports: int) -> NetworkPolicyEgressRuleArgsDict:
    """Allow any address except link-local ones. Network policies cannot name hosts, so it cannot be narrower."""
    return {
        "to": [{"ip_block": {"cidr": "0.0.0.0/0", "except_": [LINK_LOCAL]}}],
        "ports": _ports(ports, "TCP"),
    }


def _ports(ports: Sequence[int], protocol: str) -> list[NetworkPolicyPortArgsDict]:
    return [{"port": port, "protocol": protocol} for port in ports]
