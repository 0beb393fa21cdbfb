"""What stands in front of the portal's Service: an Ingress, a route of the Gateway API, or nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

import pulumi

from components.metadata import CommonMetadata
from components.network.gateway_route import GatewayRoute, GatewayRouteArgs
from components.network.ingress import HostIngress, HostIngressArgs
from portal.plan import Plan

SERVICE_PORT = 80


def build_front(
    plan: Plan,
    namespace: pulumi.Output[str],
    metadata: CommonMetadata,
    service: pulumi.Output[str],
    placed: pulumi.ResourceOptions,
) -> None:
    """For the host of the stack's address; whichever the stack chose."""
    settings = plan.settings
    host = urlsplit(settings.url).hostname or ""
    if settings.ingress is not None:
        chosen = settings.ingress
        HostIngress(
            "front",
            HostIngressArgs(
                namespace, metadata, host, service, chosen.class_name, chosen.tls_secret, chosen.annotations
            ),
            placed,
        )
    if settings.gateway is not None:
        gateway = settings.gateway
        GatewayRoute(
            "front",
            GatewayRouteArgs(
                namespace,
                metadata,
                host,
                service,
                SERVICE_PORT,
                gateway.name,
                gateway.namespace,
                gateway.listener,
                gateway.annotations,
            ),
            placed,
        )
