"""What a stack's file says of networks, as rules of network policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.network_rules import to_namespace, to_network
from portal.models.network import EgressRule

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict


def egress(rule: EgressRule) -> NetworkPolicyEgressRuleArgsDict:
    """A destination of ``portal:egress``."""
    if rule.namespace is not None:
        return to_namespace(rule.namespace, rule.ports, rule.protocol)
    return to_network(rule.cidr or "", rule.ports, rule.protocol)
