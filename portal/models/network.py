"""How a portal is reached, and what it may reach."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from portal.base.forbidden_networks import is_forbidden
from portal.models.base import Model, refusal
from portal.models.scalars import MetadataKey, Name, ObjectName

Port = Annotated[int, Field(ge=1, le=65535)]

# The namespace in which the usual installation of a controller runs, by the usual name of its class. Sources: each
# project's installation page or Helm chart.
CONTROLLERS: Mapping[str, str] = {
    "contour": "projectcontour",
    "haproxy": "haproxy-controller",
    "kong": "kong",
    "nginx": "ingress-nginx",
    "traefik": "traefik",
}


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


Cidr = Annotated[str, AfterValidator(_cidr)]


class Sender(Model):
    """Where requests come from: either a namespace of the cluster or a network."""

    namespace: Name | None = None
    """A namespace of the same cluster. Every pod in it may send requests."""

    cidr: Cidr | None = None
    """A network, in CIDR notation: of nodes, or of a load balancer outside the cluster."""


def _one_sender(sender: Sender) -> Sender:
    if (sender.cidr is None) == (sender.namespace is None):
        raise refusal("either namespace or cidr", "write one of the two")
    return sender


From = Annotated[Sender, AfterValidator(_one_sender)]


class Service(Model):
    """How the portal's Service is reached."""

    node_port: Annotated[int, Field(ge=30000, le=32767)] | None = None
    """A port that every node of the cluster opens. Default: none; only the cluster can reach the Service."""

    sender: Annotated[From | None, Field(alias="from")] = None
    """The network of the nodes (`{cidr: 10.0.0.0/16}`). Requests to the node port come from there. Required with
    `nodePort` in a cluster that `portal up` did not make."""


class Ingress(Model):
    """An Ingress in front of the Service, for the host of `url`."""

    class_name: Annotated[ObjectName, Field(alias="class")]
    """The Ingress class; `kubectl get ingressclasses` lists them."""

    sender: Annotated[From | None, Field(alias="from", validate_default=True)] = None
    """Where the controller's pods run: a namespace, or the network of a controller outside the cluster or on the
    nodes' own network. Nothing else can send requests to the portal's pods. Default: the namespace where the class
    is usually installed: `projectcontour` for the class `contour`, `haproxy-controller` for `haproxy`, `kong` for
    `kong`, `ingress-nginx` for `nginx`, `traefik` for `traefik`. Other classes require it."""

    tls_secret: Name | None = None
    """The Secret with the host's certificate. Default: none, if the controller has a certificate of its own, or if
    a proxy in front of it terminates TLS."""

    annotations: dict[MetadataKey, str] = {}
    """Annotations for the ingress controller."""

    @field_validator("sender")
    @classmethod
    def _usual_or_given(cls, sender: Sender | None, others: ValidationInfo) -> Sender | None:
        name = str(others.data.get("class_name", ""))
        if sender is not None or not name:
            return sender
        if name not in CONTROLLERS:
            raise refusal(
                f"the namespace of the controller of the class {name}, as only that may reach the portal's pods",
                "write `from: {namespace: ...}`, or `from: {cidr: ...}` for a load balancer outside the cluster",
            )
        return Sender.model_validate({"namespace": CONTROLLERS[name]})


class Gateway(Model):
    """An HTTPRoute of the Gateway API in front of the Service, for the host of `url`."""

    name: Name
    """The Gateway to attach the route to."""

    namespace: Name | None = None
    """The Gateway's namespace. Default: the portal's."""

    sender: Annotated[From | None, Field(alias="from")] = None
    """Where the Gateway's proxies run: a namespace, or a network. Nothing else can send requests to the portal's
    pods. Default: the Gateway's namespace, where Istio, kgateway and NGINX Gateway Fabric run their proxies. The
    proxies of Envoy Gateway run in `envoy-gateway-system`."""

    listener: Name | None = None
    """The Gateway's listener (`sectionName`). Default: every listener that matches."""

    annotations: dict[MetadataKey, str] = {}
    """Annotations for the gateway controller."""


def _outbound(text: str) -> str:
    if is_forbidden(text):
        raise refusal(
            "a network that is not link-local and not a cloud's metadata, where a node's own credentials can be read",
            "remove the rule: a portal never needs it",
        )
    return text


OutboundCidr = Annotated[Cidr, AfterValidator(_outbound)]


class EgressRule(Model):
    """One destination that network policies allow: either a network or a namespace of the cluster."""

    cidr: OutboundCidr | None = None
    """A network, in CIDR notation. Network policies cannot name hosts. Link-local addresses and those of a cloud's
    metadata service are excluded from a larger network. Naming only these addresses is an error."""

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
