"""Databases on RDS: no password in their app-config, and a stack that is thrown away has one of its own."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from portal.base.checkout import Checkout
from portal.checks.config_schema import check_config_schema
from portal.checks.credentials import check_credentials
from portal.checks.references import check_references
from portal.checks.visibility import check_visibility
from portal.models.aws.windows import overlap
from portal.models.database import ENGINES, Database, DatabaseSettings
from portal.models.database.rds import RdsDatabaseSettings
from tests.support.app_config import planned

EXISTING = {"engine": "existing-rds", "host": "acme.c0ffee.eu-west-1.rds.amazonaws.com", "resourceId": "db-ABCDEFGH"}
FAR = {**EXISTING, "region": "eu-west-1"}


def read(given: dict[str, Any]) -> DatabaseSettings:
    found: DatabaseSettings = TypeAdapter(Database).validate_python(given)
    return found


@pytest.mark.parametrize("given", [{"engine": "rds"}, EXISTING, FAR], ids=["rds", "existing", "in another region"])
def test_backstage_signs_tokens_and_has_no_password(checkout: Checkout, given: dict[str, Any]) -> None:
    plan = planned(checkout, {"database": given})
    for check in (check_config_schema, check_credentials, check_references, check_visibility):
        assert list(check(plan)) == [], check.__name__
    connection = plan.app_config.data["backend"]["database"]["connection"]
    assert connection["type"] == "rds"
    assert {"host", "port", "user", "database"} <= set(connection)
    assert connection["ssl"] == {
        "ca": {"$file": "/etc/portal/database-authority.pem"},
        "rejectUnauthorized": True,
    }
    # Backstage looks at it before the region of the pod.
    assert connection.get("region") == given.get("region")
    assert "password" not in connection
    assert "DATABASE_PASSWORD" not in plan.needs


def test_each_of_them_needs_aws_and_has_backups_of_its_own() -> None:
    on_aws = [name for name, engine in ENGINES.items() if engine.on_aws]
    assert on_aws == [name for name, engine in ENGINES.items() if engine.own_backups is not None]
    assert on_aws == ["existing-rds", "rds"]


LARGE = {
    "engine": "rds",
    "size": "large",
    "multiAz": True,
    "storage": "500Gi",
    "version": "17",
    "class": "db.r8g.large",
}


@pytest.mark.parametrize("given", [LARGE, EXISTING], ids=["rds", "existing"])
def test_a_stack_that_is_thrown_away_has_a_small_database_of_its_own(given: dict[str, Any]) -> None:
    made = read(read(given).of_its_own)
    assert isinstance(made, RdsDatabaseSettings)
    assert not made.data_is_kept
    assert (made.size, made.multi_az, made.storage_gib) == ("small", False, 20)
    assert made.version == given.get("version", "18")


@pytest.mark.parametrize(
    ("backup", "maintenance", "both"),
    [
        ("02:00-03:00", "sun:04:00-sun:05:00", False),
        ("02:00-03:00", "sun:03:00-sun:04:00", False),
        ("02:00-03:00", "sun:02:59-sun:03:59", True),
        ("02:00-04:00", "wed:02:30-wed:03:00", True),
        ("02:30-03:00", "wed:02:00-wed:04:00", True),
        # Over midnight, and over the end of the week.
        ("23:30-00:30", "mon:00:00-mon:00:30", True),
        ("00:15-00:45", "sun:23:45-mon:00:30", True),
        ("00:30-01:00", "sun:23:45-mon:00:30", False),
    ],
)
def test_windows_that_overlap_are_found(backup: str, maintenance: str, both: bool) -> None:
    assert overlap(backup, maintenance) == both


@pytest.mark.parametrize("user", ["*", "portal*", "port?l", "a/b", ""])
def test_a_role_that_would_stand_for_others_in_a_policy_is_refused(user: str) -> None:
    with pytest.raises(ValidationError):
        read({**EXISTING, "user": user})
