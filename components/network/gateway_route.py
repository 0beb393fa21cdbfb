"""A route of the Gateway API in front of a Service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.metadata import CommonMetadata


@dataclass(frozen=True)
class GatewayRouteArgs:
    """One host with all its paths, at one Gateway. ``listener`` absent: every one of its listeners that fits."""

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    host: str
    service: pulumi.Input[str]
    port: int
    gateway: str
    gateway_namespace: str | None = None
    listener: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])


class GatewayRoute(pulumi.ComponentResource):
    """An HTTPRoute for one host. Deliberately no Gateway: listeners and certificates belong to the cluster's owner.

    Source: https://gateway-api.sigs.k8s.io/api-types/httproute
    """

    def __init__(self, name: str, args: GatewayRouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:network:GatewayRoute", name, None, opts)
        parent = {"name": args.gateway, "namespace": args.gateway_namespace, "sectionName": args.listener}
        CustomResource(
            f"{name}-route",
            api_version="gateway.networking.k8s.io/v1",
            kind="HTTPRoute",
            metadata=args.metadata.of("backstage", args.namespace, args.annotations),
            spec={
                "parentRefs": [{key: value for key, value in parent.items() if value is not None}],
                "hostnames": [args.host],
                "rules": [{"backendRefs": [{"name": args.service, "port": args.port}]}],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
