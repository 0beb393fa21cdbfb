"""The load balancer in front of a portal on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from portal.contract import LOAD_BALANCER_SECRET
from portal.models.aws.scalars import CertificateArn, ZoneId
from portal.models.base import Model, refusal
from portal.models.network import Cidr
from portal.models.scalars import HostName, HttpsAddress, Line


class HostedZone(Model):
    """A zone of Route 53 that exists."""

    id: ZoneId
    """Its id."""

    name: HostName
    """Its name. The portal's host has to be in it."""

    def contains(self, host: str) -> bool:
        """Whether a host is in the zone, or is its own name."""
        return host == self.name or host.endswith(f".{self.name}")


class LoadBalancerSignIn(Model):
    """An OpenID Connect provider that the load balancer signs people in with.

    `/.well-known/openid-configuration` below its issuer shows the addresses. The client secret is
    `LOAD_BALANCER_CLIENT_SECRET` under `portal:secrets`.
    """

    issuer: HttpsAddress
    """Its `issuer`, exactly as it writes it there."""

    authorization_endpoint: HttpsAddress
    """Its `authorization_endpoint`, where people sign in."""

    token_endpoint: HttpsAddress
    """Its `token_endpoint`."""

    user_info_endpoint: HttpsAddress
    """Its `userinfo_endpoint`. It has to answer with each person's `email`."""

    client_id: Line
    """The client ID of an application, whose redirect URI is the portal's address and `/oauth2/idpresponse`."""


class LoadBalancer(Model):
    """A load balancer with a name and a certificate, for `target: aws`."""

    zone: HostedZone | None = None
    """The zone that gets the portal's record. Default: none; you write the record yourself."""

    certificate: CertificateArn | None = None
    """A certificate that exists. Default: a new one, validated in `zone`."""

    internal: bool = False
    """`true` for a load balancer that only the VPC, and what is connected to it, can reach."""

    sender: Annotated[tuple[Cidr, ...], Field(alias="from", min_length=1, validate_default=True)] = ("0.0.0.0/0",)
    """The networks that may send requests. Default: all."""

    firewall: bool = True
    """A web application firewall with AWS's managed rules. It costs about 10 USD a month."""

    sign_in: LoadBalancerSignIn | None = None
    """The load balancer signs people in before a request reaches the portal. The sign-in provider has to be one that
    takes its word, such as `awsalb`. Default: the portal signs people in itself."""

    @property
    def required_secrets(self) -> Mapping[str, tuple[str, str]]:
        """The secrets that a person has to provide: what each is, and where to get it."""
        if self.sign_in is None:
            return {}
        what = f"The secret of the client {self.sign_in.client_id}, with which the load balancer signs people in"
        return {LOAD_BALANCER_SECRET: (what, f"{self.sign_in.issuer}: the application's page")}


def with_certificate(chosen: LoadBalancer) -> LoadBalancer:
    """Refuse one that has no certificate, and no zone to validate a new one in."""
    if chosen.certificate is None and chosen.zone is None:
        raise refusal(
            "a zone or a certificate", "write `zone: {id: ..., name: ...}`, or the ARN of a certificate that exists"
        )
    return chosen
