"""Targets and certificate are those of the portal that was asked for, in AWS's own words."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from portal.base.errors import PortalError
from portal.probe.aws_account import AwsAccount
from portal.probe.load_balancer import Certificate, Targets, read_certificate, read_targets
from tests.support.aws_account import (
    ACCOUNT,
    CERTIFICATE,
    HOST,
    PROOF,
    REGION,
    Account,
    account_on_loopback,
    certificate,
    group,
    listed,
    target,
)

REFUSED = "Health checks failed with these codes: [503]"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as account:
        yield account


def targets(stack: str = "test") -> Targets:
    return read_targets(AwsAccount(ACCOUNT, REGION), stack)


def chosen(arn: str | None = None) -> Certificate:
    return read_certificate(AwsAccount(ACCOUNT, REGION), HOST, arn)


def counts(found: Targets) -> tuple[int, int, int]:
    return found.healthy, found.unhealthy, found.initial


@pytest.mark.usefixtures("aws")
def test_all_are_well() -> None:
    found = targets()
    assert counts(found) == (2, 0, 0)
    assert [(one.address, one.zone) for one in found.each] == [
        ("10.40.128.12", f"{REGION}a"),
        ("10.40.64.11", f"{REGION}a"),
    ]


def test_each_counts_once_and_one_that_is_taken_away_not_at_all(aws: Account) -> None:
    each = [
        target("10.40.64.11"),
        target("10.40.64.12", "unhealthy", "Target.ResponseCodeMismatch", REFUSED),
        target("10.40.64.13", "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"),
        target("10.40.64.14", "draining", "Target.DeregistrationInProgress"),
        target("10.40.64.15", "unhealthy.draining", "Target.DeregistrationInProgress"),
        target("10.40.64.16", "unused", "Target.NotInUse"),
    ]
    aws.answers["DescribeTargetHealth"] = {"TargetHealthDescriptions": each}
    found = targets()
    assert counts(found) == (1, 2, 1)
    assert [one.reason for one in found.each][1:4] == [
        REFUSED,
        "Initial health checks in progress",
        "Target.DeregistrationInProgress",
    ]


def test_no_other_portals_targets_are_taken_for_its_own(aws: Account) -> None:
    """A stack's name may begin like another one's."""
    others = [
        "portal-test-eu-1a2b3c4",
        "portal-testing-1a2b3c4",
        "portal-test",
        "portal-test-1a2b3cx",
        "portal-test-1a2b3c4-1a2b3c4",
    ]
    aws.answers["DescribeTargetGroups"] = {"TargetGroups": [group(name) for name in others]}
    with pytest.raises(PortalError, match=f"not deployed yet: {REGION} has no target group portal-test-"):
        targets()
    assert "elasticloadbalancing:DescribeTargetHealth" not in aws.asked
    assert counts(targets("test-eu")) == (2, 0, 0)


def test_of_two_groups_the_one_that_gets_requests_counts(aws: Account) -> None:
    old, new = group("portal-test-0000000", used=False), group("portal-test-1111111")
    aws.answers["DescribeTargetGroups"] = {"TargetGroups": [old, new]}
    targets()
    assert aws.words["DescribeTargetHealth"]["TargetGroupArn"] == new["TargetGroupArn"]


def test_a_certificate_that_is_well(aws: Account) -> None:
    found = chosen()
    assert (found.arn, found.host, found.status, found.renews, found.proof) == (
        CERTIFICATE,
        HOST,
        "ISSUED",
        True,
        None,
    )
    assert found.ends is not None
    assert found.ends.tzinfo is not None
    assert aws.asked[-1] == "acm:DescribeCertificate"


def test_the_certificate_that_the_stack_names_is_not_looked_for(aws: Account) -> None:
    arn = CERTIFICATE.replace("0001", "0002")
    assert chosen(arn).arn == arn
    assert "acm:ListCertificates" not in aws.asked
    aws.answers["DescribeCertificate"] = (400, "ResourceNotFoundException", "Could not find certificate")
    with pytest.raises(PortalError, match=f"there is no certificate {arn}"):
        chosen(arn)


def test_the_newest_one_in_use_is_the_stacks(aws: Account) -> None:
    def numbered(number: int) -> str:
        return CERTIFICATE.replace("0001", f"{number:04}")

    aws.answers["ListCertificates"] = {
        "CertificateSummaryList": [
            listed(numbered(2), CreatedAt=1_700_000_000.0),
            listed(numbered(3)),
            listed(numbered(4), CreatedAt=1_799_000_000.0, InUse=False),
            listed(numbered(5), CreatedAt=1_799_000_000.0, DomainName="acme.example"),
            {key: value for key, value in listed(numbered(6), Type="IMPORTED").items() if key != "CreatedAt"},
        ]
    }
    assert chosen().arn == numbered(3)


def test_without_one_it_is_not_deployed_yet(aws: Account) -> None:
    aws.answers["ListCertificates"] = {"CertificateSummaryList": []}
    with pytest.raises(PortalError, match=f"not deployed yet: {REGION} has no certificate for {HOST}"):
        chosen()


def test_one_that_waits_says_for_which_record(aws: Account) -> None:
    aws.answers["DescribeCertificate"] = {"Certificate": certificate(None)}
    found = chosen()
    assert (found.status, found.ends, found.proof) == ("PENDING_VALIDATION", None, PROOF)


def test_a_renewal_that_fails_says_why(aws: Account) -> None:
    renewal = {
        "RenewalStatus": "FAILED",
        "RenewalStatusReason": "CAA_ERROR",
        "DomainValidationOptions": certificate(None)["DomainValidationOptions"],
        "UpdatedAt": 1_790_000_000.0,
    }
    aws.answers["DescribeCertificate"] = {"Certificate": certificate(10.5, RenewalSummary=renewal)}
    found = chosen()
    assert (found.status, found.renewal, found.reason, found.proof) == ("ISSUED", "FAILED", "CAA_ERROR", PROOF)
