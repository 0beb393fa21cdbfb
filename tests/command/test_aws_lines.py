"""People read what is wrong with a database, a target or a certificate, and see it by its color."""

from __future__ import annotations

from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.command.aws_lines import aws_lines
from tests.command.status_on_aws import color, lines, look
from tests.support.aws_account import PROOF, REGION, Account, certificate, instance, target

REFUSED = "Health checks failed with these codes: [503]"

pytestmark = pytest.mark.usefixtures("nothing_else_answers")


@pytest.mark.parametrize(
    ("changes", "style", "said"),
    [
        ({"DBInstanceStatus": "modifying"}, "yellow", "modifying, PostgreSQL"),
        ({"DBInstanceStatus": "stopped"}, "red", "stopped (nobody can use it until somebody starts it), PostgreSQL"),
        ({"DBInstanceStatus": "storage-full"}, "red", "storage-full (it cannot write any more; give it more"),
    ],
)
def test_a_database_that_is_not_available(
    aws: Account, checkout: Checkout, changes: dict[str, Any], style: str, said: str
) -> None:
    aws.answers["DescribeDBInstances"] = {"DBInstances": [instance(**changes)]}
    found = look(checkout)
    assert said in lines(found)[0]
    assert color(found, changes["DBInstanceStatus"]) == style


def test_what_waits_is_told(aws: Account, checkout: Checkout) -> None:
    waits = instance(PendingModifiedValues={"DBInstanceClass": "db.m8g.xlarge"}, MultiAZ=False)
    aws.answers["DescribeDBInstances"] = {"DBInstances": [waits]}
    action = {"Action": "system-update", "Description": "New OS", "CurrentApplyDate": "2026-12-06T04:00:00Z"}
    actions = {"PendingMaintenanceActionDetails": [action]}
    aws.answers["DescribePendingMaintenanceActions"] = {"PendingMaintenanceActions": [actions]}
    told = lines(look(checkout))
    assert told[0].endswith("in one zone")
    assert told[2:4] == [
        "             pending: DBInstanceClass db.m8g.xlarge; its window is sun:04:00-sun:05:00 UTC",
        "             maintenance at 2026-12-06T04:00:00Z: system-update New OS",
    ]


@pytest.mark.parametrize(
    ("each", "told", "style"),
    [
        ([target("10.0.0.1"), target("10.0.0.2", "unhealthy", "", REFUSED)], "1 of 2 healthy", "yellow"),
        ([target("10.0.0.2", "unhealthy", "", REFUSED)], "0 of 1 healthy", "red"),
        ([], "no pod is registered", "red"),
    ],
)
def test_targets_that_are_not_healthy(
    aws: Account, checkout: Checkout, each: list[dict[str, Any]], told: str, style: str
) -> None:
    aws.answers["DescribeTargetHealth"] = {"TargetHealthDescriptions": each}
    found = look(checkout)
    assert f"targets      {told}" in lines(found)
    assert color(found, told) == style
    of_targets = [line for line in lines(found) if REFUSED in line]
    assert of_targets == [f"             10.0.0.2 in {REGION}a  unhealthy: {REFUSED}"][: len(each)]


@pytest.mark.parametrize(
    ("described", "said", "style"),
    [
        (certificate(None), f"PENDING_VALIDATION, until AWS finds the record {PROOF}", "red"),
        (
            certificate(None, Status="FAILED", FailureReason="CAA_ERROR", DomainValidationOptions=[]),
            "FAILED (CAA",
            "red",
        ),
        (certificate(10.5), ", in 10 days; AWS renews it", "yellow"),
        (certificate(1.5), ", in 1 day; AWS renews it", "yellow"),
        (certificate(90.5, RenewalEligibility="INELIGIBLE", Type="IMPORTED"), "; AWS does not renew it", "green"),
        (
            certificate(
                20.5,
                RenewalSummary={
                    "RenewalStatus": "PENDING_VALIDATION",
                    "DomainValidationOptions": certificate(None)["DomainValidationOptions"],
                    "UpdatedAt": 1_790_000_000.0,
                },
            ),
            f"; its renewal is PENDING_VALIDATION, until AWS finds the record {PROOF}",
            "yellow",
        ),
        (certificate(-0.5, Status="EXPIRED"), "ended ", "red"),
        (certificate(90.5, Status="REVOKED", RevocationReason="KEY_COMPROMISE"), "(KEY_COMPROMISE)", "red"),
    ],
)
def test_a_certificate_says_how_long_it_lasts(
    aws: Account, checkout: Checkout, described: dict[str, Any], said: str, style: str
) -> None:
    aws.answers["DescribeCertificate"] = {"Certificate": described}
    found = look(checkout)
    assert said in lines(found)[-1]
    (_, line) = [*aws_lines(found)][-1]
    assert [str(span.style) for span in line.spans] == [style]
