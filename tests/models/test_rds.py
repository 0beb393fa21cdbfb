"""Databases on RDS: no password in their app-config, and a stack that is thrown away has one of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from portal.aws.names import LONGEST_STACK, portal_prefix
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
    assert not made.leaves_backups
    assert (made.size, made.multi_az, made.storage_gib) == ("small", False, 20)
    assert made.version == given.get("version", "18")


@pytest.mark.parametrize(
    ("given", "keeps_rest", "leaves_backups", "at_once"),
    [
        ({}, True, True, False),
        ({"keep": False}, False, True, True),
        ({"keep": False, "finalSnapshot": False}, False, False, True),
        ({"keep": False, "applyImmediately": False}, False, True, False),
        ({"applyImmediately": True}, True, True, True),
    ],
)
def test_what_is_not_kept_waits_for_nothing_and_leaves_a_snapshot(
    given: dict[str, Any], keeps_rest: bool, leaves_backups: bool, at_once: bool
) -> None:
    made = read({"engine": "rds", **given})
    assert isinstance(made, RdsDatabaseSettings)
    assert (made.rest_is_kept, made.leaves_backups, made.at_once) == (keeps_rest, leaves_backups, at_once)


@pytest.mark.parametrize("given", [EXISTING, {"engine": "external", "host": "db.acme.example"}])
@pytest.mark.parametrize("keep", [True, False])
def test_a_stack_can_go_that_uses_the_database_of_others(given: dict[str, Any], keep: bool) -> None:
    """The database itself is never in the stack."""
    made = read({**given, "keep": keep})
    assert (made.data_is_kept, made.rest_is_kept, made.leaves_backups) == (True, keep, False)


RESTORES = [
    None,
    {"from": "portal-prod", "at": "latest"},
    {"from": "portal-prod", "at": "2026-11-28T09:30:00Z"},
    {"from": "portal-prod", "at": "2026-11-28T09:30:01Z"},
    {"from": "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "at": "latest"},
    {"snapshot": "rds:portal-prod-2026-11-28-02-10"},
    {"snapshot": "arn:aws:rds:eu-central-1:111122223333:snapshot:portal-prod-final"},
]


def restored(given: dict[str, Any] | None) -> RdsDatabaseSettings:
    made = read({"engine": "rds", **({"restore": given} if given is not None else {})})
    assert isinstance(made, RdsDatabaseSettings)
    return made


def test_every_restore_has_an_instance_of_its_own_and_the_same_one_each_time() -> None:
    """RDS restores into no instance that is there, and a second deployment of the same file changes nothing."""
    names = [restored(one).instance_name("x" * LONGEST_STACK) for one in RESTORES]
    assert len(set(names)) == len(names)
    assert names == [restored(one).instance_name("x" * LONGEST_STACK) for one in RESTORES]
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    assert all(re.fullmatch(r"[a-z](-?[a-z0-9]){0,62}", name) for name in names)
    assert restored(None).instance_name("prod") == "portal-prod"
    assert all(name.startswith(portal_prefix("x" * LONGEST_STACK)) for name in names[1:])


def test_status_and_logs_are_those_of_the_restored_instance() -> None:
    lookup = restored(RESTORES[1]).rds_lookup("prod")
    assert lookup.name == restored(RESTORES[1]).instance_name("prod") != "portal-prod"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"from": "portal-prod"},
        {"at": "latest"},
        {"from": "portal-prod", "at": "latest", "snapshot": "x"},
        {"from": "portal-prod", "snapshot": "x"},
        {"from": "portal-prod", "at": "now"},
        {"from": "portal-prod", "at": "2026-11-28T09:30:00"},
        {"from": "portal-prod", "at": "2026-11-28T09:30:00.5Z"},
        {"from": "portal-prod", "at": "2026-11-28T10:30:00+01:00"},
        {"from": "portal--prod", "at": "latest"},
        {"snapshot": "two--dashes"},
        {"snapshot": ""},
    ],
)
def test_half_a_restore_and_two_of_them_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        restored(given)


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
