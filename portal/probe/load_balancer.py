"""What the load balancer of a portal says of its pods, and its certificate's end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.aws.names import portal_prefix
from portal.base.errors import PortalError
from portal.probe.aws_account import AwsAccount, NotFoundError

# Pulumi ends a name with seven of these (docs/adr/0032-logical-names-begin-physical-ones.md).
_RANDOM = "[0-9a-f]{7}"


@dataclass(frozen=True)
class Target:
    """A pod, as the load balancer sees it. ``state`` and ``reason`` are words of AWS's."""

    address: str
    zone: str | None
    state: str
    reason: str | None

    @property
    def healthy(self) -> bool:
        """Whether it gets requests."""
        return self.state == "healthy"

    @property
    def ends(self) -> bool:
        """Whether it is being taken away, so that nobody counts on it."""
        return self.state in {"draining", "unhealthy.draining"}


@dataclass(frozen=True)
class Targets:
    """The pods that a load balancer knows, in the order of their addresses."""

    each: tuple[Target, ...]

    @property
    def healthy(self) -> int:
        """How many get requests."""
        return sum(one.healthy for one in self.each)

    @property
    def initial(self) -> int:
        """How many are new, and asked for the first time."""
        return sum(one.state == "initial" for one in self.each)

    @property
    def unhealthy(self) -> int:
        """How many get no requests though nobody takes them away."""
        return sum(not one.ends for one in self.each) - self.healthy - self.initial


@dataclass(frozen=True)
class Certificate:
    """A certificate. ``ends`` is None before it is issued. ``renews``: ACM renews it by itself.

    ``renewal`` is how far that is, in a word of AWS's. ``proof`` is the record that ACM looks for in vain, and
    ``reason`` is why it was not issued or renewed.
    """

    arn: str
    host: str
    status: str
    ends: datetime | None
    renews: bool
    renewal: str | None
    proof: str | None
    reason: str | None


def read_targets(account: AwsAccount, stack: str) -> Targets:
    """The targets of a portal's load balancer.

    All groups of the account are listed, as AWS looks for whole names only. Of two, which there are while one replaces
    the other, the one that gets requests counts.
    """
    own = re.compile(f"{re.escape(portal_prefix(stack))}{_RANDOM}")
    groups = [
        group
        for group in account.ask_all("elbv2", "describe_target_groups", "TargetGroups")
        if own.fullmatch(str(group["TargetGroupName"]))
    ]
    if not groups:
        raise PortalError(f"not deployed yet: {account.region} has no target group {portal_prefix(stack)}...")
    group = next((one for one in groups if one.get("LoadBalancerArns")), groups[0])
    health = account.ask("elbv2", "describe_target_health", TargetGroupArn=group["TargetGroupArn"])
    targets = map(_target, health["TargetHealthDescriptions"])
    return Targets(tuple(sorted(targets, key=lambda one: one.address)))


def _target(found: Mapping[str, Any]) -> Target:
    health: Mapping[str, Any] = found["TargetHealth"]
    reason = health.get("Description") or health.get("Reason")
    zone = found["Target"].get("AvailabilityZone")
    return Target(address=str(found["Target"]["Id"]), zone=zone, state=str(health["State"]), reason=reason)


def read_certificate(account: AwsAccount, host: str, arn: str | None) -> Certificate:
    """The certificate with this ARN, or the one that the stack made for its host."""
    chosen = arn or _made(account, host)
    try:
        found: Mapping[str, Any] = account.ask("acm", "describe_certificate", CertificateArn=chosen)["Certificate"]
    except NotFoundError as error:
        raise PortalError(f"there is no certificate {chosen}") from error
    renewal: Mapping[str, Any] = found.get("RenewalSummary", {})
    failure = found.get("FailureReason") or found.get("RevocationReason") or renewal.get("RenewalStatusReason")
    return Certificate(
        arn=chosen,
        host=str(found["DomainName"]),
        status=str(found["Status"]),
        ends=found.get("NotAfter"),
        renews=found.get("RenewalEligibility") == "ELIGIBLE",
        renewal=renewal.get("RenewalStatus"),
        proof=_missing_record(renewal) or _missing_record(found),
        reason=failure,
    )


def _made(account: AwsAccount, host: str) -> str:
    """The newest one of those in use, as an older one may be left over."""
    found = [
        one
        for one in account.ask_all("acm", "list_certificates", "CertificateSummaryList")
        if one["DomainName"] == host and one["Type"] == "AMAZON_ISSUED"
    ]
    if not found:
        raise PortalError(f"not deployed yet: {account.region} has no certificate for {host}")
    newest = max(found, key=lambda one: (bool(one.get("InUse")), one["CreatedAt"]))
    return str(newest["CertificateArn"])


def _missing_record(found: Mapping[str, Any]) -> str | None:
    """The first record that proves a name, where ACM has not found it yet."""
    for one in found.get("DomainValidationOptions", ()):
        if one.get("ValidationStatus") != "SUCCESS" and "ResourceRecord" in one:
            return str(one["ResourceRecord"]["Name"]).rstrip(".")
    return None
