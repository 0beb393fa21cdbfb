"""Before anything is deleted, somebody knows whether the last snapshot can be made."""

from __future__ import annotations

import io
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.base.progress import PlainProgress
from portal.deploy.down import TEAM
from portal.deploy.run_steps import names_of
from portal.deploy.steps.require_snapshot_name import RequireSnapshotName
from portal.models.database.rds import THROWN_AWAY
from tests.support.app_config import planned
from tests.support.aws_account import Account, account_on_loopback, denied
from tests.support.deployments import deployment_of
from tests.support.eks import ON_AWS

NONE = (404, "DBSnapshotNotFound", "DBSnapshot portal-test-final not found.")
TAKEN: dict[str, list[str]] = {"DBSnapshots": []}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as account:
        yield account


def require(checkout: Checkout, database: dict[str, Any]) -> str:
    """The step, and what it notes."""
    said = io.StringIO()
    deployment = deployment_of(checkout, progress=PlainProgress(said))
    plan = planned(checkout, {**ON_AWS, "database": database})
    RequireSnapshotName().run(replace(deployment, plan=plan))
    return said.getvalue()


def test_a_free_name_is_no_news(checkout: Checkout, aws: Account) -> None:
    aws.answers["DescribeDBSnapshots"] = NONE
    assert require(checkout, {"engine": "rds", "keep": False}) == ""
    assert aws.words["DescribeDBSnapshots"]["DBSnapshotIdentifier"] == "portal-test-final"


def test_a_name_that_is_taken_stops_before_the_destroy(checkout: Checkout, aws: Account) -> None:
    aws.answers["DescribeDBSnapshots"] = TAKEN
    with pytest.raises(SituationError, match="There already is a snapshot portal-test-last, so RDS"):
        require(checkout, {"engine": "rds", "keep": False, "finalSnapshotName": "last"})
    names = list(names_of(TEAM))
    assert names.index("snapshot-name") < names.index("down")


@pytest.mark.parametrize("database", [{"engine": "rds"}, {"engine": "rds", **THROWN_AWAY}, {}])
def test_where_there_is_no_last_snapshot_nobody_is_asked(
    checkout: Checkout, aws: Account, database: dict[str, Any]
) -> None:
    assert require(checkout, database) == ""
    assert aws.asked == []


def test_without_an_answer_it_goes_on_and_says_so(checkout: Checkout, aws: Account) -> None:
    aws.answers["DescribeDBSnapshots"] = denied("rds:DescribeDBSnapshots")
    assert "was not checked: The AWS credentials do not allow rds:DescribeDBSnapshots" in require(
        checkout, {"engine": "rds", "keep": False}
    )
