"""Rules and peers of network policies that more than one component needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from portal.base.forbidden_networks import forbidden_inside

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import (
        IPBlockArgsDict,
        NetworkPolicyEgressRuleArgsDict,
        NetworkPolicyPeerArgsDict,
        NetworkPolicyPortArgsDict,
    )

# Where a DNS cache on each node listens, if a cluster has one
# (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns).
NODE_LOCAL_DNS = "169.254.20.10/32"
ANYWHERE = "0.0.0.0/0"
# Where pods on EKS get the credentials of their role
# (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html).
POD_IDENTITY, POD_IDENTITY_PORT = "169.254.170.23/32", 80


def to_dns(addresses: Sequence[str] = ()) -> NetworkPolicyEgressRuleArgsDict:
    """The cluster's DNS, by the label that most give it, or a cache on each node.

    ``addresses`` are networks of a DNS that no pod serves.
    """
    return {
        "to": [
            {
                "namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "kube-system"}},
                "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
            },
            *({"ip_block": {"cidr": cidr}} for cidr in (NODE_LOCAL_DNS, *addresses)),
        ],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
    }


def to_pod_identity() -> NetworkPolicyEgressRuleArgsDict:
    """The agent on each node of EKS that gives a pod the credentials of its own role, and of no other."""
    return {"to": [{"ip_block": {"cidr": POD_IDENTITY}}], "ports": _ports([POD_IDENTITY_PORT], "TCP")}


def to_pods(labels: dict[str, str], port: int) -> NetworkPolicyEgressRuleArgsDict:
    """Allow pods of the same namespace."""
    return {"to": [{"pod_selector": {"match_labels": labels}}], "ports": [{"port": port, "protocol": "TCP"}]}


def to_network(cidr: str, ports: Sequence[int], protocol: str = "TCP") -> NetworkPolicyEgressRuleArgsDict:
    """Allow the addresses of one network, except for link-local ones and a cloud's metadata."""
    return {"to": [in_network(cidr)], "ports": _ports(ports, protocol)}


def to_namespace(namespace: str, ports: Sequence[int], protocol: str = "TCP") -> NetworkPolicyEgressRuleArgsDict:
    """Allow every pod of another namespace."""
    return {"to": [in_namespace(namespace)], "ports": _ports(ports, protocol)}


def to_anywhere(*ports: int) -> NetworkPolicyEgressRuleArgsDict:
    """Allow any address except forbidden ones. Network policies cannot name hosts, so it cannot be narrower."""
    return to_network(ANYWHERE, ports)


def in_namespace(namespace: str) -> NetworkPolicyPeerArgsDict:
    """Every pod of a namespace."""
    return {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": namespace}}}


def in_network(cidr: str, *exceptions: str) -> NetworkPolicyPeerArgsDict:
    """Every address of a network, except for ``exceptions``, link-local addresses and a cloud's metadata."""
    block: IPBlockArgsDict = {"cidr": cidr}
    left_out = [*exceptions, *forbidden_inside(cidr)]
    if left_out:
        block["except_"] = left_out
    return {"ip_block": block}


def _ports(ports: Sequence[int], protocol: str) -> list[NetworkPolicyPortArgsDict]:
    return [{"port": port, "protocol": protocol} for port in ports]
