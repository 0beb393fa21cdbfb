"""How a portal is reached, and what it may reach."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from portal.models.base import Model, refusal
from portal.models.scalars import MetadataKey, Name, ObjectName

Port = Annotated[int, Field(ge=1, le=65535)]


class Service(Model):
    """How the portal's Service is reached."""

    node_port: Annotated[int, Field(ge=30000, le=32767)] | None = None
    """A port that every node of the cluster opens. Default: none; only the cluster can reach the Service."""


class Ingress(Model):
    """An Ingress in front of the Service, for the host of `url`."""

    class_name: Annotated[ObjectName, Field(alias="class")]
    """The Ingress class; `kubectl get ingressclasses` lists them."""

    tls_secret: Name | None = None
    """The Secret with the host's certificate. Default: none. The controller has one, or something in front
    of it terminates TLS."""

    annotations: dict[MetadataKey, str] = {}
    """Annotations for the ingress controller."""


class Gateway(Model):
    """An HTTPRoute of the Gateway API in front of the Service, for the host of `url`."""

    name: Name
    """The Gateway to attach the route to."""

    namespace: Name | None = None
    """The Gateway's namespace. Default: the portal's."""

    listener: Name | None = None
    """The Gateway's listener (`sectionName`). Default: every listener that matches."""

    annotations: dict[MetadataKey, str] = {}
    """Annotations for the gateway controller."""


def _cidr(text: str) -> str:
    allowed = "a network in CIDR notation (10.20.0.0/16)"
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise refusal(allowed, "write the network's address, a slash, and the length of its prefix") from None
    if "/" not in text:
        raise refusal(allowed, f"write {network} for this one address, or the prefix of its network")
    if text != str(network):
        raise refusal(f"{allowed} without bits of a host", f"write {network}")
    return text


class EgressRule(Model):
    """One destination that network policies allow: either a network or a namespace of the cluster."""

    cidr: Annotated[str, AfterValidator(_cidr)] | None = None
    """A network, in CIDR notation. Network policies cannot name hosts."""

    namespace: Name | None = None
    """A namespace of the same cluster. Every pod in it is allowed."""

    ports: Annotated[tuple[Port, ...], Field(min_length=1)]
    """The ports to allow."""

    protocol: Literal["TCP", "UDP"] = "TCP"
    """UDP is for a cluster DNS without the usual labels in kube-system, such as OpenShift's (`openshift-dns`, 5353)."""


def one_destination(rule: EgressRule) -> EgressRule:
    """Refuse a rule with both destinations, or with neither."""
    if (rule.cidr is None) == (rule.namespace is None):
        raise refusal("either cidr or namespace", "write one of the two")
    return rule
