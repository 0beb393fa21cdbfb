"""The instance of RDS that a portal's data is in, as AWS describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.base.errors import PortalError
from portal.models.database.engine import RdsLookup
from portal.probe.aws_account import AwsAccount, NotFoundError

GIB = 2**30
# In each of these, nobody can use the database, or it will not work for long. All others pass by themselves.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
_BROKEN: Mapping[str, str] = {
    "deleting": "it is being deleted",
    "failed": "RDS cannot recover it; restore it to a point in time",
    "inaccessible-encryption-credentials": "its KMS key is disabled or gone",
    "inaccessible-encryption-credentials-recoverable": "its KMS key is disabled; enable the key, and start it",
    "incompatible-network": "its VPC or its subnets do not let RDS recover it",
    "incompatible-option-group": "it cannot start with its option group",
    "incompatible-parameters": "it cannot start with its parameter group",
    "incompatible-restore": "RDS cannot restore it to that point in time",
    "insufficient-capacity": "AWS has no machine of its class there",
    "restore-error": "its restore failed",
    "stopped": "nobody can use it until somebody starts it",
    "stopping": "it is being stopped",
    "storage-full": "it cannot write any more; give it more with `portal:database.storage`",
}


@dataclass(frozen=True)
class Maintenance:
    """Work of AWS that waits. ``at`` is when it is done; None if nobody has chosen a time."""

    action: str
    description: str
    at: datetime | None


@dataclass(frozen=True)
class Instance:
    """An instance. ``own``: the stack made it. ``storage_bytes`` is the size of its volume, not what is used of it.

    ``pending`` are changes that wait for ``window``, and ``maintenance`` is AWS's own work that waits.
    ``restorable`` is the last moment that it can be restored to.
    """

    name: str
    own: bool
    status: str
    instance_class: str
    version: str
    storage_bytes: int
    most_storage_bytes: int | None
    multi_az: bool
    restorable: datetime | None
    window: str
    pending: tuple[str, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    maintenance_reason: str | None = None

    @property
    def broken(self) -> str | None:
        """Why the portal has no database, or soon will not have one."""
        return _BROKEN.get(self.status)


def read_instance(account: AwsAccount, lookup: RdsLookup) -> Instance:
    """The instance, and its maintenance. PortalError says why nothing is known of it."""
    found = described(account, lookup)
    try:
        maintenance, reason = _maintenance(account, str(found["DBInstanceArn"])), None
    except PortalError as error:
        maintenance, reason = (), str(error)
    most = found.get("MaxAllocatedStorage")
    return Instance(
        name=str(found["DBInstanceIdentifier"]),
        own=lookup.name is not None,
        status=str(found["DBInstanceStatus"]),
        instance_class=str(found["DBInstanceClass"]),
        version=str(found["EngineVersion"]),
        storage_bytes=int(found["AllocatedStorage"]) * GIB,
        most_storage_bytes=int(most) * GIB if most is not None else None,
        multi_az=bool(found["MultiAZ"]),
        restorable=found.get("LatestRestorableTime"),
        window=str(found["PreferredMaintenanceWindow"]),
        pending=tuple(_pending(found)),
        maintenance=maintenance,
        maintenance_reason=reason,
    )


def described(account: AwsAccount, lookup: RdsLookup) -> Mapping[str, Any]:
    """The instance, in the words of RDS. NotFoundError if the account has none; PortalError as in ``read_instance``.

    Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    return _own(account, lookup.name) if lookup.name is not None else _of_others(account, str(lookup.resource_id))


def _own(account: AwsAccount, name: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = account.ask("rds", "describe_db_instances", DBInstanceIdentifier=name)
    except NotFoundError as error:
        raise NotFoundError(f"not deployed yet: there is no instance {name} in {account.region}") from error
    instance: Mapping[str, Any] = found["DBInstances"][0]
    return instance


def _of_others(account: AwsAccount, resource_id: str) -> Mapping[str, Any]:
    """Only an instance has a resource id that begins with ``db-``."""
    if not resource_id.startswith("db-"):
        raise PortalError("somebody else made it, and nothing is asked of a cluster or a proxy")
    only = [{"Name": "dbi-resource-id", "Values": [resource_id]}]
    found = account.ask_all("rds", "describe_db_instances", "DBInstances", Filters=only)
    if not found:
        raise NotFoundError(f"somebody else made it, and {resource_id} is not in {account.region}")
    return found[0]


def _pending(instance: Mapping[str, Any]) -> Iterator[str]:
    """Changes that wait: names and values of RDS. A new password, which AWS does not show, and lists by name only."""
    changes: Mapping[str, Any] = instance.get("PendingModifiedValues", {})
    for key, value in sorted(changes.items()):
        plain = isinstance(value, str | int) and "Password" not in key
        yield f"{key} {str(value).lower() if isinstance(value, bool) else value}" if plain else key
    for group in instance.get("DBParameterGroups", ()):
        if group.get("ParameterApplyStatus") == "pending-reboot":
            yield f"parameters of {group['DBParameterGroupName']}, which need a restart"


def _maintenance(account: AwsAccount, arn: str) -> tuple[Maintenance, ...]:
    of_resources = account.ask_all(
        "rds", "describe_pending_maintenance_actions", "PendingMaintenanceActions", ResourceIdentifier=arn
    )
    return tuple(
        Maintenance(
            action=str(one["Action"]), description=str(one.get("Description", "")), at=one.get("CurrentApplyDate")
        )
        for resource in of_resources
        for one in resource["PendingMaintenanceActionDetails"]
    )
