"""What is said of a database's instance is what RDS says, and nobody else's instance is taken for the portal's."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from portal.base.errors import PortalError
from portal.models.database.engine import RdsLookup
from portal.probe.aws_account import AwsAccount
from portal.probe.rds_instance import GIB, Instance, read_instance
from tests.support.aws_account import ACCOUNT, NAME, REGION, Account, account_on_loopback, denied, instance

OWN = RdsLookup(name=NAME)
OF_OTHERS = RdsLookup(resource_id="db-ABCDEFGHIJKLMNOPQRSTUVWXYZ")
UPDATE = {
    "Action": "system-update",
    "Description": "New Operating System update is available",
    "CurrentApplyDate": "2026-12-06T04:00:00Z",
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as account:
        yield account


def read(lookup: RdsLookup = OWN) -> Instance:
    return read_instance(AwsAccount(ACCOUNT, REGION), lookup)


def changed(aws: Account, **changes: Any) -> Instance:
    aws.answers["DescribeDBInstances"] = {"DBInstances": [instance(**changes)]}
    return read()


def test_one_that_is_well(aws: Account) -> None:
    found = read()
    assert (found.name, found.own, found.status, found.broken) == (NAME, True, "available", None)
    assert (found.version, found.instance_class, found.multi_az) == ("18.4", "db.m8g.large", True)
    assert (found.storage_bytes, found.most_storage_bytes) == (50 * GIB, 250 * GIB)
    assert found.restorable is not None
    assert found.restorable.tzinfo is not None
    assert (found.pending, found.maintenance, found.maintenance_reason) == ((), (), None)
    assert aws.words["DescribeDBInstances"]["DBInstanceIdentifier"] == NAME


@pytest.mark.parametrize("status", ["stopped", "storage-full", "failed", "incompatible-parameters"])
def test_one_that_nobody_can_use_is_said_to_be_broken(aws: Account, status: str) -> None:
    assert changed(aws, DBInstanceStatus=status).broken is not None


@pytest.mark.parametrize("status", ["modifying", "backing-up", "storage-optimization", "upgrading", "a-new-word"])
def test_what_passes_by_itself_is_not_broken(aws: Account, status: str) -> None:
    found = changed(aws, DBInstanceStatus=status)
    assert (found.status, found.broken) == (status, None)


def test_changes_that_wait_are_listed_without_a_password(aws: Account) -> None:
    found = changed(
        aws,
        PendingModifiedValues={"DBInstanceClass": "db.m8g.xlarge", "MultiAZ": False, "MasterUserPassword": "hunter2"},
        DBParameterGroups=[{"DBParameterGroupName": "parameters-1", "ParameterApplyStatus": "pending-reboot"}],
    )
    assert found.pending == (
        "DBInstanceClass db.m8g.xlarge",
        "MasterUserPassword",
        "MultiAZ false",
        "parameters of parameters-1, which need a restart",
    )


def test_maintenance_of_aws_is_told_with_its_time(aws: Account) -> None:
    actions = [UPDATE, {"Action": "db-upgrade"}]
    waits = {"ResourceIdentifier": instance()["DBInstanceArn"], "PendingMaintenanceActionDetails": actions}
    aws.answers["DescribePendingMaintenanceActions"] = {"PendingMaintenanceActions": [waits]}
    update, upgrade = read().maintenance
    assert (update.action, update.description) == (UPDATE["Action"], UPDATE["Description"])
    assert update.at is not None
    assert update.at.isoformat() == "2026-12-06T04:00:00+00:00"
    assert (upgrade.action, upgrade.at) == ("db-upgrade", None)


def test_whoever_may_not_ask_for_maintenance_sees_the_rest(aws: Account) -> None:
    aws.answers["DescribePendingMaintenanceActions"] = denied("rds:DescribePendingMaintenanceActions")
    found = read()
    assert found.status == "available"
    assert "rds:DescribePendingMaintenanceActions" in str(found.maintenance_reason)


def test_one_that_is_not_there_is_not_deployed_yet(aws: Account) -> None:
    aws.answers["DescribeDBInstances"] = (404, "DBInstanceNotFound", f"DBInstance {NAME} not found.")
    with pytest.raises(PortalError, match=f"not deployed yet: there is no instance {NAME} in {REGION}"):
        read()


def test_one_that_is_being_made_has_no_backups_yet(aws: Account) -> None:
    made = instance(DBInstanceStatus="creating")
    made.pop("LatestRestorableTime")
    made.pop("MaxAllocatedStorage")
    aws.answers["DescribeDBInstances"] = {"DBInstances": [made]}
    found = read()
    assert (found.restorable, found.most_storage_bytes, found.broken) == (None, None, None)


def test_one_of_others_is_found_by_its_resource_id(aws: Account) -> None:
    found = read(OF_OTHERS)
    assert (found.own, found.status) == (False, "available")
    asked = aws.words["DescribeDBInstances"]
    assert "DBInstanceIdentifier" not in asked
    assert asked["Filters.Filter.1.Name"] == "dbi-resource-id"
    assert asked["Filters.Filter.1.Values.Value.1"] == OF_OTHERS.resource_id


def test_one_of_others_that_is_not_there_is_asked_nothing_more(aws: Account) -> None:
    aws.answers["DescribeDBInstances"] = {"DBInstances": []}
    with pytest.raises(PortalError, match=f"somebody else made it, and db-[A-Z]+ is not in {REGION}"):
        read(OF_OTHERS)
    assert aws.asked == ["sts:GetCallerIdentity", "rds:DescribeDBInstances"]


@pytest.mark.parametrize("resource_id", ["cluster-ABCDEFGHIJKL", "prx-0123456789abcdef"])
def test_nothing_is_asked_of_what_is_no_instance(aws: Account, resource_id: str) -> None:
    with pytest.raises(PortalError, match="nothing is asked of a cluster or a proxy"):
        read(RdsLookup(resource_id=resource_id))
    assert aws.asked == []
