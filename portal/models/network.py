"""How a portal is reached, and what it may reach."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from portal.models.base import Model, refusal
from portal.models.scalars import Name

Port = Annotated[int, Field(ge=1, le=65535)]


class Service(Model):
    """How the portal's Service is reached."""

    node_port: Annotated[int, Field(ge=30000, le=32767)] | None = None
    """A port that every node of the cluster opens. Absent: the Service is reached inside the cluster only."""


class Ingress(Model):
    """An Ingress in front of the Service, for the host of `url`."""

    class_name: Annotated[str, Field(alias="class", min_length=1)]
    """The Ingress class: `kubectl get ingressclasses` lists them."""

    tls_secret: Name | None = None
    """The Secret with the host's certificate. Absent: the controller brings one, or TLS ends in front of it."""

    annotations: dict[str, str] = {}
    """What the controller is told."""


class Gateway(Model):
    """An HTTPRoute of the Gateway API in front of the Service, for the host of `url`."""

    name: Name
    """The Gateway that takes the traffic."""

    namespace: Name | None = None
    """Its namespace. Absent: the portal's."""

    listener: Name | None = None
    """One of its listeners (`sectionName`). Absent: every one that fits."""

    annotations: dict[str, str] = {}
    """What the controller is told."""


def _cidr(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise refusal("a network in CIDR notation (10.20.0.0/16)", "write the address with its prefix length") from None
    return text


class EgressRule(Model):
    """One thing that network policies let the portal reach: either a network or a namespace of the cluster."""

    cidr: Annotated[str, AfterValidator(_cidr)] | None = None
    """Addresses, in CIDR notation. A network policy knows no host names."""

    namespace: Name | None = None
    """A namespace of the same cluster, with every pod in it."""

    ports: Annotated[tuple[Port, ...], Field(min_length=1)]
    """Ports."""

    protocol: Literal["TCP", "UDP"] = "TCP"
    """UDP for a DNS that has not the usual labels in kube-system, as OpenShift's (`openshift-dns`, 5353)."""


def one_destination(rule: EgressRule) -> EgressRule:
    """Refuse a rule with both destinations, or none."""
    if (rule.cidr is None) == (rule.namespace is None):
        raise refusal("either cidr or namespace", "write one of the two")
    return rule
