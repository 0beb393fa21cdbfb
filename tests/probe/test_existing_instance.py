"""An instance that others made is looked at before a portal is deployed on it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.plan import load_plan
from portal.probe.existing_instance import instance_findings
from tests.support.aws_account import REGION, Account, account_on_loopback, denied, instance
from tests.support.aws_graphs import STACKS
from tests.support.cases import says

ID = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
HOST = f"shared.abcdefghijkl.{REGION}.rds.amazonaws.com"
OURS = f"  portal:database: {{engine: existing-rds, host: {HOST}, resourceId: {ID}}}"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as account:
        yield account


def findings(aws: Account, checkout: Checkout, database: str = OURS, **changes: Any) -> list[InputError]:
    fits = {"Endpoint": {"Address": HOST, "Port": 5432}, "IAMDatabaseAuthenticationEnabled": True, "DbiResourceId": ID}
    aws.answers.setdefault("DescribeDBInstances", {})
    aws.answers["DescribeDBInstances"] = {"DBInstances": [instance(**{**fits, **changes})]}
    return look(checkout, database)


def look(checkout: Checkout, database: str = OURS) -> list[InputError]:
    text = (STACKS / "prod.yaml").read_text()
    lines = [database if line.startswith("  portal:database:") else line for line in text.splitlines()]
    assert database in lines
    checkout.stack_file("prod").write_text("\n".join(lines) + "\n")
    return instance_findings(load_plan(checkout, "prod"))


def test_one_that_fits_is_accepted(aws: Account, checkout: Checkout) -> None:
    assert findings(aws, checkout) == []
    asked = aws.words["DescribeDBInstances"]
    assert (asked["Filters.Filter.1.Name"], asked["Filters.Filter.1.Values.Value.1"]) == ("dbi-resource-id", ID)


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"Engine": "mysql"}, "resourceId", "which is mysql"),
        ({"Endpoint": {"Address": f"other.{HOST}", "Port": 5432}}, "host", f"which is other.{HOST}"),
        ({"Endpoint": {"Address": HOST, "Port": 6432}}, "port", "which is 6432"),
        ({"IAMDatabaseAuthenticationEnabled": False}, "resourceId", "takes no tokens of IAM"),
    ],
)
def test_what_the_file_says_otherwise_is_a_finding(
    aws: Account, checkout: Checkout, changes: dict[str, Any], key: str, said: str
) -> None:
    (error,) = findings(aws, checkout, **changes)
    assert error.key == f"portal:database.{key}"
    assert said in error.sentence
    assert error.where.startswith("stacks/Pulumi.prod.yaml")


def test_one_that_is_being_made_has_no_endpoint_yet(aws: Account, checkout: Checkout) -> None:
    assert findings(aws, checkout, DBInstanceStatus="creating", Endpoint={}) == []


def test_one_that_is_not_there_is_a_finding(aws: Account, checkout: Checkout) -> None:
    aws.answers["DescribeDBInstances"] = {"DBInstances": []}
    (error,) = look(checkout)
    assert says(error.sentence, f"portal:database.resourceId ... {ID} ... an instance that is in {REGION}")


def test_without_an_answer_nothing_is_found(aws: Account, checkout: Checkout) -> None:
    """Whoever asks decides what that means."""
    aws.answers["DescribeDBInstances"] = denied("rds:DescribeDBInstances")
    with pytest.raises(PortalError, match="do not allow rds:DescribeDBInstances"):
        look(checkout)


@pytest.mark.parametrize(
    "database",
    [
        "  portal:database: {engine: rds, size: medium, multiAz: true}",
        OURS.replace(ID, "cluster-ABCDEFGHIJKL"),
        OURS.replace(ID, "prx-0123456789abcdef0"),
    ],
)
def test_nothing_is_asked_of_what_is_no_instance_of_others(aws: Account, checkout: Checkout, database: str) -> None:
    assert look(checkout, database) == []
    assert aws.asked == []
