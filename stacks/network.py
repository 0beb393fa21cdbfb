"""What a stack's file says of networks, as rules of network policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from components.network_rules import to_namespace, to_network
from portal.models.network import EgressRule
from portal.models.stack import StackSettings

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict


def egress(services: Mapping[str, Sequence[int]], settings: StackSettings) -> list[NetworkPolicyEgressRuleArgsDict]:
    """To the ports of the cluster's services, by their namespace, and to where ``portal:egress`` leads."""
    return [
        *(to_namespace(name, ports) for name, ports in services.items()),
        *(_destination(rule) for rule in settings.egress),
    ]


def _destination(rule: EgressRule) -> NetworkPolicyEgressRuleArgsDict:
    if rule.namespace is not None:
        return to_namespace(rule.namespace, rule.ports, rule.protocol)
    return to_network(rule.cidr or "", rule.ports, rule.protocol)
