"""PostgreSQL on RDS, made with the portal."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from portal.aws.names import portal_label
from portal.aws.offers import closest_class, is_class_offered
from portal.aws.roots import roots_of
from portal.aws.sizes import GROWTH, SIZES, smallest_size
from portal.base.canonical import content_hash
from portal.base.quantity import quantity
from portal.models.aws.windows import BackupWindow, MaintenanceWindow, overlap
from portal.models.base import refusal
from portal.models.database.engine import DatabaseSettings, Fault, RdsLookup
from portal.models.database.iam_sign_in import iam_credentials, missing_authorities
from portal.models.database.restore import RestoreSettings
from portal.models.scalars import Certificates, Name, Size, at_least

GIB = 2**30
# Of a database that is thrown away with its stack. RDS asks for a day of backups.
THROWN_AWAY = {"backupDays": 1, "keep": False, "finalSnapshot": False}
_RESTORE_LETTERS = 6

_Class = Annotated[str, Field(pattern=r"^db\.[a-z0-9-]+\.[a-z0-9]+$")]


class RdsDatabaseSettings(DatabaseSettings):
    """PostgreSQL on RDS, made with the portal. Nobody has a password: the portal signs in with its AWS role."""

    engine: Literal["rds"]
    """PostgreSQL on RDS, for `target: aws`."""

    size: Literal["small", "medium", "large"] = "small"
    """How large it is: `small` for a first portal, `medium` for some hundred people, `large` for thousands."""

    version: Annotated[str, Field(pattern=r"^1[6-9]$")] = "18"
    """The major version of PostgreSQL. Minor versions follow by themselves, in the maintenance window. A later one
    upgrades the database in place, which takes the portal away for minutes and has no way back."""

    instance_class: Annotated[_Class | None, Field(alias="class")] = None
    """The class of the instance. Default: that of `size`."""

    storage: Annotated[Size, AfterValidator(at_least("20Gi", "RDS has no smaller volumes"))] | None = None
    """The size of the volume. Default: that of `size`. It grows by itself to five times as much, and never shrinks."""

    multi_az: bool = False
    """A second instance in another zone, which takes over within two minutes. It costs as much again."""

    keep: bool = True
    """`false` lets a destroy delete the database, after a last snapshot. With `true`, it is protected and stays."""

    final_snapshot: bool = True
    """`false` deletes the database with all of its backups, and without that snapshot. Only with `keep: false`."""

    final_snapshot_name: Name = "final"
    """The end of the name of that snapshot (`portal-prod-final`). Names are taken for good, so a database that is
    deleted a second time needs another one."""

    restore: RestoreSettings | None = None
    """What the database is made from. RDS makes a new instance with a name of its own, and the one before stays. Leave
    it in the file afterwards. Default: an empty database."""

    backup_days: Annotated[int, Field(ge=1, le=35)] = 14
    """How far back the database can be restored, to any second, in days."""

    backup_window: BackupWindow = "02:00-03:00"
    """When AWS backs it up each day, in UTC."""

    maintenance_window: MaintenanceWindow = "sun:04:00-sun:05:00"
    """When AWS updates it, and when changes happen that would interrupt it, in UTC."""

    apply_immediately: bool | None = None
    """Whether changes that would interrupt it happen at once, instead of in the maintenance window. Default: only if
    the database is not kept."""

    ca: Certificates | None = None
    """The certificate authorities of RDS in this region, in PEM. Default: those that the portal has for the region."""

    on_aws: ClassVar[bool] = True
    own_backups: ClassVar[str | None] = (
        "remove portal:backup: RDS backs up every day and can restore to any second of `backupDays` days"
    )

    @field_validator("storage")
    @classmethod
    def _whole_gib(cls, storage: str | None) -> str | None:
        if storage is not None and quantity(storage) % GIB:
            raise refusal("whole GiB (50Gi)", f"write {ceil(quantity(storage) / GIB)}Gi")
        return storage

    @field_validator("final_snapshot")
    @classmethod
    def _not_of_kept_data(cls, wanted: bool, others: ValidationInfo) -> bool:
        if not wanted and others.data.get("keep"):
            raise refusal("true, as the database is kept", "remove it, or write keep: false as well")
        return wanted

    @field_validator("final_snapshot_name")
    @classmethod
    def _as_a_snapshot(cls, name: str) -> str:
        # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html
        if "--" in name:
            raise refusal("a name without two dashes in a row, as RDS refuses these", "take one away")
        return name

    @field_validator("maintenance_window")
    @classmethod
    def _apart(cls, window: str, others: ValidationInfo) -> str:
        backup = others.data.get("backup_window")
        if backup is not None and overlap(str(backup), window):
            raise refusal(
                f"a time outside of backupWindow ({backup}), as AWS does one at a time", "move one of the two"
            )
        return window

    def faults(self, region: str | None, connections: int) -> Iterator[Fault]:
        """A class that the region lacks, a region whose authorities nobody knows, and a size that is too small."""
        if region is not None and is_class_offered(region, self.class_in(region)) is False:
            close = closest_class(region, self.class_in(region))
            fix = f"write {close}" if close is not None else "leave it out, or choose another size"
            yield Fault("class", f'"{self.class_in(region)}"', f"a class that RDS offers in {region}", fix)
        if region is not None and self.ca is None and roots_of(region) is None:
            yield missing_authorities(region)
        if connections > self.max_connections:
            size = smallest_size(connections)
            fix = "lower portal:replicas" if size is None else f"write {{size: {size.name}}}, or lower portal:replicas"
            yield Fault(
                "size",
                f'"{self.size}", which allows {self.max_connections} connections',
                f"a size for the {connections} that the replicas may need, with a fifth left free",
                fix,
            )

    def class_in(self, region: str) -> str:
        """The class of the instance in a region: the one that is given, or that of the size there."""
        return self.instance_class or SIZES[self.size].instance_class(region)

    @property
    def storage_gib(self) -> int:
        """The first size of the volume."""
        return int(quantity(self.storage) / GIB) if self.storage is not None else SIZES[self.size].storage

    @property
    def most_storage_gib(self) -> int:
        """How far the volume grows by itself."""
        return self.storage_gib * GROWTH

    @property
    def max_connections(self) -> int:
        """The connections that the instance allows."""
        return SIZES[self.size].connections

    @property
    def at_once(self) -> bool:
        """Whether changes do not wait for the maintenance window."""
        return self.apply_immediately if self.apply_immediately is not None else not self.keep

    @property
    def data_is_kept(self) -> bool:
        """As the stack says."""
        return self.keep

    @property
    def leaves_backups(self) -> bool:
        """One that is deleted leaves a snapshot, unless the stack says otherwise."""
        return self.keep or self.final_snapshot

    @property
    def of_its_own(self) -> dict[str, Any]:
        """The smallest one of the same version, in one zone. Nothing of it is left."""
        written = self.model_dump(by_alias=True, include={"engine", "version", "ca"}, exclude_defaults=True)
        return {**written, **THROWN_AWAY}

    @property
    def credentials(self) -> dict[str, Any]:
        """No password: Backstage signs tokens with the role of its pods."""
        return iam_credentials(None)

    def instance_name(self, stack: str) -> str:
        """The name of the instance. Each restore has one of its own, as the instance before may still have its name."""
        label = portal_label(stack)
        if self.restore is None:
            return label
        return f"{label}-{content_hash(self.restore.model_dump(by_alias=True, exclude_none=True), _RESTORE_LETTERS)}"

    def last_snapshot(self, stack: str) -> str | None:
        """If the database is deleted at all."""
        if self.keep or not self.final_snapshot:
            return None
        return f"{self.instance_name(stack)}-{self.final_snapshot_name}"

    def rds_lookup(self, stack: str) -> RdsLookup:
        """By its name, which a portal's stack gives it."""
        return RdsLookup(name=self.instance_name(stack))
