"""What a database on RDS is made from, if it does not begin empty."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from portal.base.moment import moment, moment_text
from portal.models.base import Model, refusal

LATEST = "latest"
_MOMENT_RULE = "a time in UTC (2026-11-28T09:30:00Z), or latest"
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
_Source = Annotated[str, Field(pattern=r"^([a-z](-?[a-z0-9]){0,62}|db-[A-Z0-9]{20,40})$")]
# By its name; one that RDS made begins with `rds:`. By its ARN, if another account shares it.
_Snapshot = Annotated[
    str,
    Field(pattern=r"^(arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{12}:snapshot:)?(rds:)?[A-Za-z](-?[A-Za-z0-9]){0,254}$"),
]


def _moment(text: str) -> str:
    try:
        written = text if text == LATEST else moment_text(moment(text))
    except ValueError:
        raise refusal(_MOMENT_RULE, "write date and time with T between them, and Z for UTC") from None
    if written != text:
        raise refusal(_MOMENT_RULE, f"write {written}")
    return text


class RestoreSettings(Model):
    """A moment of another instance (`from` and `at`), or a `snapshot`. RDS makes a new instance of either."""

    source: Annotated[_Source | None, Field(alias="from")] = None
    """The name of the instance, or the resource id of one that was deleted and whose backups stayed
    (`db-ABCDEFGHIJKLMNOPQRSTUVWXYZ`)."""

    at: Annotated[str, AfterValidator(_moment)] | None = None
    """The moment: a time in UTC (`2026-11-28T09:30:00Z`), or `latest`, which is some minutes ago."""

    snapshot: _Snapshot | None = None
    """The name of a snapshot, or its ARN if another account shares it."""

    @field_validator("at")
    @classmethod
    def _of_something(cls, at: str | None, others: ValidationInfo) -> str | None:
        # Absent if it was refused itself.
        if at is not None and "source" in others.data and others.data["source"] is None:
            raise refusal("nothing without `from`, which says of which instance", "write from, or remove at")
        return at

    @field_validator("snapshot")
    @classmethod
    def _instead(cls, snapshot: str | None, others: ValidationInfo) -> str | None:
        if snapshot is not None and others.data.get("source") is not None:
            raise refusal("either a snapshot, or an instance and a moment", "remove snapshot, or from and at")
        return snapshot

    @model_validator(mode="after")
    def _whole(self) -> RestoreSettings:
        if self.snapshot is None and (self.source is None or self.at is None):
            raise refusal("{from: portal-prod, at: 2026-11-28T09:30:00Z}, or {snapshot: ...}", "write what is missing")
        return self

    @property
    def deleted_source(self) -> bool:
        """Whether ``source`` is a resource id: names have small letters only."""
        return self.source is not None and self.source != self.source.lower()
