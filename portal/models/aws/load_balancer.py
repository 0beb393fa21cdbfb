"""The load balancer in front of a portal on AWS."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from portal.models.aws.scalars import CertificateArn, ZoneId
from portal.models.base import Model, refusal
from portal.models.network import Cidr
from portal.models.scalars import HostName


class HostedZone(Model):
    """A zone of Route 53 that exists."""

    id: ZoneId
    """Its id."""

    name: HostName
    """Its name. The portal's host has to be in it."""

    def contains(self, host: str) -> bool:
        """Whether a host is in the zone, or is its own name."""
        return host == self.name or host.endswith(f".{self.name}")


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


def with_certificate(chosen: LoadBalancer) -> LoadBalancer:
    """Refuse one that has no certificate, and no zone to validate a new one in."""
    if chosen.certificate is None and chosen.zone is None:
        raise refusal(
            "a zone or a certificate", "write `zone: {id: ..., name: ...}`, or the ARN of a certificate that exists"
        )
    return chosen
