"""What makes EKS Auto Mode enforce network policies."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap

from components.metadata import CommonMetadata


class NetworkPolicySwitch(pulumi.ComponentResource):
    """The ConfigMap that switches the controller of network policies on, for the whole cluster.

    EKS reads it by its name, so it is the one ConfigMap that is not named by its content. Without it every policy is
    accepted and none is enforced (https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html).
    """

    def __init__(self, name: str, metadata: CommonMetadata, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:cluster:NetworkPolicySwitch", name, None, opts)
        ConfigMap(
            name,
            metadata=metadata.of("amazon-vpc-cni", "kube-system"),
            data={"enable-network-policy-controller": "true"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
