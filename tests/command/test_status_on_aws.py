"""`portal status` of a stack on AWS knows its database, its targets and its certificate, each by itself and in time."""

from __future__ import annotations

import json
import sys
import time

import pytest

from portal.base.checkout import Checkout
from portal.command import status_reading
from portal.command.json_answers import shown
from portal.probe import aws_account
from tests.command.in_process import portal
from tests.command.status_on_aws import WITH_RDS, answer, color, lines, look
from tests.support.app_config import planned
from tests.support.aws_account import ACCOUNT, CERTIFICATE, NAME, REGION, Account, denied, group, target
from tests.support.aws_graphs import STACKS
from tests.support.eks import ON_AWS, without_credentials
from tests.support.status_rights import rights_of_status

pytestmark = pytest.mark.usefixtures("nothing_else_answers")


def test_all_is_well(aws: Account, checkout: Checkout) -> None:
    found = look(checkout)
    assert found.certificate is not None
    assert found.certificate.ends is not None
    assert lines(found) == [
        f"database     {NAME}: available, PostgreSQL 18.4, db.m8g.large, in two zones",
        "             50 GiB, grows to 250 GiB; can be restored to 4 min ago",
        "targets      2 of 2 healthy",
        f"certificate  portal.acme.example: ends {found.certificate.ends[:10]}, in 200 days; AWS renews it",
    ]
    assert {color(found, text) for text in ("available", "2 of 2 healthy", "ends ")} == {"green"}
    assert (found.account, found.region, found.reason) == (ACCOUNT, REGION, None)
    assert aws.asked.count("sts:GetCallerIdentity") == 1


def test_the_command_shows_it(aws: Account, checkout: Checkout) -> None:
    """Square brackets would be colors to a table."""
    aws.answers["DescribeTargetGroups"] = {"TargetGroups": [group("portal-prod-1a2b3c4")]}
    aws.answers["DescribeTargetHealth"] = {"TargetHealthDescriptions": [target("10.0.0.2", "unhealthy", "", "[red]")]}
    checkout.stack_file("prod").write_text((STACKS / "prod.yaml").read_text())
    ended = portal("status", "--stack", "prod", cwd=checkout.root)
    assert (ended.returncode, ended.stderr) == (0, "")
    for line in ("database     portal-test: available", "10.0.0.2 in eu-central-1a  unhealthy: [red]\n"):
        assert line in ended.stdout
    assert aws.words["DescribeDBInstances"]["DBInstanceIdentifier"] == "portal-prod"


@pytest.mark.usefixtures("aws")
def test_a_script_reads_the_same(checkout: Checkout) -> None:
    read = json.loads(shown(answer(checkout, planned(checkout, WITH_RDS))))["aws"]
    assert read["instance"]["status"] == "available"
    assert read["instance"]["storageBytes"] == 50 * 2**30
    assert {key: read["targets"][key] for key in ("healthy", "unhealthy", "initial")} == {
        "healthy": 2,
        "unhealthy": 0,
        "initial": 0,
    }
    assert read["certificate"]["arn"] == CERTIFICATE
    assert read["certificate"]["daysLeft"] == 200
    assert not [key for key in read if key.lower().endswith("reason")]


def test_what_may_not_be_seen_hides_nothing_else(aws: Account, checkout: Checkout) -> None:
    aws.answers["DescribeTargetGroups"] = denied("elasticloadbalancing:DescribeTargetGroups")
    told = lines(look(checkout))
    assert told[0].startswith(f"database     {NAME}: available")
    assert told[2].startswith(
        "targets      not known: The AWS credentials do not allow elasticloadbalancing:DescribeTargetGroups."
    )
    assert told[3].startswith("certificate  portal.acme.example: ends")


def test_before_the_first_deployment_nothing_is_there(aws: Account, checkout: Checkout) -> None:
    aws.answers["DescribeDBInstances"] = (404, "DBInstanceNotFound", "not found")
    aws.answers["DescribeTargetGroups"] = {"TargetGroups": []}
    aws.answers["ListCertificates"] = {"CertificateSummaryList": []}
    told = lines(look(checkout))
    assert [line[13:40] for line in told] == ["not known: not deployed yet"] * 3


def test_what_concerns_all_three_is_said_once(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    without_credentials(monkeypatch)
    found = look(checkout)
    (line,) = lines(found)
    assert line.startswith("aws          not known: No AWS credentials were found.")
    assert (found.instance_reason, found.targets_reason, found.certificate_reason) == (None, None, None)


def test_another_account_is_refused(aws: Account, checkout: Checkout) -> None:
    aws.answers["GetCallerIdentity"]["Account"] = "999988887777"
    (line,) = lines(look(checkout))
    assert f"are of the account 999988887777, and the stack is in {ACCOUNT}" in line
    assert aws.asked == ["sts:GetCallerIdentity"]


def test_the_deadline_holds(aws: Account, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.hangs.update(aws.answers)
    monkeypatch.setattr(status_reading, "CLUSTER_SECONDS", 0.2)
    monkeypatch.setattr(aws_account, "SECONDS", 600.0)
    plan = planned(checkout, WITH_RDS)
    began = time.monotonic()
    found = answer(checkout, plan).aws
    assert time.monotonic() - began < 60
    assert found is not None
    assert found.reason == "no answer within 0.2 s"


def test_what_hangs_keeps_nobody_waiting(aws: Account, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.hangs.add("DescribeDBInstances")
    monkeypatch.setattr(aws_account, "SECONDS", 1.0)
    found = look(checkout)
    assert found.instance_reason == f"127.0.0.1:{aws.port} does not answer within 1 s"
    assert found.targets is not None
    assert found.certificate is not None


def test_a_database_in_the_cluster_is_none_of_rds(aws: Account, checkout: Checkout) -> None:
    found = look(checkout, {**ON_AWS, "database": {"engine": "in-cluster"}})
    assert (found.instance, found.instance_reason) == (None, None)
    assert [line.partition(" ")[0] for line in lines(found)] == ["targets", "certificate"]
    assert not any(action.startswith("rds:") for action in aws.asked)


def test_a_database_of_others_is_told_from_ones_own(aws: Account, checkout: Checkout) -> None:
    settings = {"engine": "existing-rds", "host": "db.x.eu-west-1.rds.amazonaws.com", "resourceId": "db-ABCDEFGHIJKL"}
    found = look(checkout, {**ON_AWS, "database": settings})
    assert f"{NAME}, which somebody else made: available" in lines(found)[0]
    assert aws.words["DescribeDBInstances"]["Filters.Filter.1.Values.Value.1"] == "db-ABCDEFGHIJKL"


def test_the_page_lists_each_right_that_is_needed_and_no_other(aws: Account, checkout: Checkout) -> None:
    look(checkout)
    assert {action for action, _ in rights_of_status()} == {*aws.asked} - {"sts:GetCallerIdentity"}


def test_a_stack_that_is_not_on_aws_neither_asks_nor_imports_anything(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ["botocore", *(name for name in sys.modules if name.startswith("botocore."))]:
        monkeypatch.setitem(sys.modules, name, None)
    found = answer(checkout, planned(checkout, {}))
    assert found.aws is None
    assert "aws" not in json.loads(shown(found))
    with pytest.raises(ImportError):
        answer(checkout, planned(checkout, ON_AWS))
