"""The arguments of the load balancer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.entry.firewall_log import FirewallLog
from components.secret_value import SecretValue


@dataclass(frozen=True, kw_only=True)
class OidcSignIn:
    """An OpenID Connect provider that the load balancer signs people in with, before a request reaches the portal."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    user_info_endpoint: str
    client_id: str
    client_secret: SecretValue


@dataclass(frozen=True, kw_only=True)
class Address:
    """The host of a portal.

    ``zone`` is the id of the hosted zone that gets its record; None writes none. Without ``certificate``, a new one is
    validated in that zone.
    """

    host: str
    zone: str | None
    certificate: str | None


@dataclass(frozen=True, kw_only=True)
class VpcPlace:
    """Where in a VPC a load balancer is, and what reaches it.

    Pods have ``cluster_security_group``. ``senders`` are the networks that may send requests.
    """

    vpc: str
    subnets: Sequence[str]
    cluster_security_group: str
    internal: bool
    senders: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class AccessLog:
    """A bucket that AWS may write access logs to, and what their names begin with."""

    bucket: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """One host, where the load balancer is, and what protects it.

    ``label`` begins the names of the load balancer and of its targets, so it may have 24 letters. ``firewall`` is the
    log of a web application firewall; None makes no firewall. ``protect``: AWS refuses to delete the load balancer, and
    so does Pulumi.
    """

    label: str
    address: Address
    place: VpcPlace
    access_log: AccessLog | None
    firewall: FirewallLog | None
    sign_in: OidcSignIn | None = None
    protect: bool = True
