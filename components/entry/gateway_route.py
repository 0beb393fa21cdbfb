"""A route of the Gateway API in front of a Service."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.entry.host import HostArgs
from portal.contract import SERVICE


@dataclass(frozen=True, kw_only=True)
class GatewayRouteArgs(HostArgs):
    """A host at one Gateway. Without a ``listener``, the route attaches to every listener that matches."""

    port: int
    gateway: str
    gateway_namespace: str | None = None
    listener: str | None = None


class GatewayRoute(pulumi.ComponentResource):
    """An HTTPRoute for one host. Deliberately no Gateway: listeners and certificates belong to the cluster's owner.

    Source: https://gateway-api.sigs.k8s.io/api-types/httproute
    """

    def __init__(self, name: str, args: GatewayRouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # The type is part of the URN in every stack's state. Renaming it would replace the route.
        super().__init__("portal:network:GatewayRoute", name, None, opts)
        parent = {"name": args.gateway, "namespace": args.gateway_namespace, "sectionName": args.listener}
        CustomResource(
            f"{name}-route",
            api_version="gateway.networking.k8s.io/v1",
            kind="HTTPRoute",
            metadata=args.metadata.of(SERVICE, args.namespace, args.annotations),
            spec={
                "parentRefs": [{key: value for key, value in parent.items() if value is not None}],
                "hostnames": [args.host],
                "rules": [{"backendRefs": [{"name": args.service, "port": args.port}]}],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
