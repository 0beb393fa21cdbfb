"""What is in front of the portal's Service: an Ingress, a route of the Gateway API, or nothing."""

from __future__ import annotations

from functools import partial

import pulumi

from components.entry.gateway_route import GatewayRoute, GatewayRouteArgs
from components.entry.ingress import HostIngress, HostIngressArgs
from portal.base.address import read_address
from portal.contract import SERVICE_PORT
from stacks.built_database import BuiltDatabase
from stacks.parts import Entry
from stacks.place import InNamespace


def build_entry(place: InNamespace, _database: BuiltDatabase) -> Entry:
    """What the stack chose, for the host of its address. All of it is made once the Service is there."""
    return Entry(lead_to=partial(_lead_to, place))


def _lead_to(place: InNamespace, service: pulumi.Output[str]) -> None:
    settings = place.deployment.plan.settings
    host = read_address(settings.url).host
    if settings.ingress is not None:
        chosen = settings.ingress
        HostIngress(
            "front",
            HostIngressArgs(
                namespace=place.namespace,
                metadata=place.metadata,
                host=host,
                service=service,
                annotations=chosen.annotations,
                class_name=chosen.class_name,
                tls_secret=chosen.tls_secret,
            ),
            place.opts,
        )
    if settings.gateway is not None:
        gateway = settings.gateway
        GatewayRoute(
            "front",
            GatewayRouteArgs(
                namespace=place.namespace,
                metadata=place.metadata,
                host=host,
                service=service,
                annotations=gateway.annotations,
                port=SERVICE_PORT,
                gateway=gateway.name,
                gateway_namespace=gateway.namespace,
                listener=gateway.listener,
            ),
            place.opts,
        )
