"""The pods of a Service as targets of a load balancer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.metadata import CommonMetadata
from portal.contract import SERVICE, SERVICE_PORT


@dataclass(frozen=True, kw_only=True)
class PodTargetsArgs:
    """A Service, and the ARN of the target group that its pods go into, once ``after`` is there."""

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    service: pulumi.Input[str]
    target_group: pulumi.Input[str]
    after: Sequence[pulumi.Resource]


class PodTargets(pulumi.ComponentResource):
    """A TargetGroupBinding. Apart from the load balancer, which is there before the pods that know it.

    Deliberately without network rules of its own: those of security groups and of network policies are ours.
    """

    def __init__(self, name: str, args: PodTargetsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:entry:PodTargets", name, None, opts)
        CustomResource(
            f"{name}-binding",
            api_version="eks.amazonaws.com/v1",
            kind="TargetGroupBinding",
            metadata=args.metadata.of(SERVICE, args.namespace),
            spec={
                "serviceRef": {"name": args.service, "port": SERVICE_PORT},
                "targetGroupARN": args.target_group,
                "targetType": "ip",
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.after]),
        )
        self.register_outputs({})
