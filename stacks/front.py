"""What stands in front of the portal's Service: an Ingress, a route of the Gateway API, or nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

import pulumi

from components.entry.gateway_route import GatewayRoute, GatewayRouteArgs
from components.entry.ingress import HostIngress, HostIngressArgs
from components.metadata import CommonMetadata
from portal.contract import SERVICE_PORT
from portal.plan import Plan


def build_front(
    plan: Plan,
    namespace: pulumi.Output[str],
    metadata: CommonMetadata,
    service: pulumi.Output[str],
    in_cluster: pulumi.ResourceOptions,
) -> None:
    """For the host of the stack's address; whichever the stack chose."""
    settings = plan.settings
    host = urlsplit(settings.url).hostname or ""
    if settings.ingress is not None:
        chosen = settings.ingress
        HostIngress(
            "front",
            HostIngressArgs(
                namespace=namespace,
                metadata=metadata,
                host=host,
                service=service,
                annotations=chosen.annotations,
                class_name=chosen.class_name,
                tls_secret=chosen.tls_secret,
            ),
            in_cluster,
        )
    if settings.gateway is not None:
        gateway = settings.gateway
        GatewayRoute(
            "front",
            GatewayRouteArgs(
                namespace=namespace,
                metadata=metadata,
                host=host,
                service=service,
                annotations=gateway.annotations,
                port=SERVICE_PORT,
                gateway=gateway.name,
                gateway_namespace=gateway.namespace,
                listener=gateway.listener,
            ),
            in_cluster,
        )
