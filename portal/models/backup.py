"""How a stack backs up its database."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from portal.base.age_key import is_public_key
from portal.models.base import Model, refusal
from portal.models.scalars import Name, Size, at_least

_FIELD = r"[0-9*/,a-zA-Z-]+"
_CRON = re.compile(rf"@(?:hourly|daily|weekly|monthly)|{_FIELD}(?: {_FIELD}){{4}}")


def _public_key(text: str) -> str:
    if not is_public_key(text):
        raise refusal("a public key of age (age1...)", "make a pair with `portal backup key backup.key`")
    return text


def _schedule(text: str) -> str:
    if not _CRON.fullmatch(text):
        raise refusal("a cron line of five fields, in UTC", 'write "0 2 * * *" for 2:00 every night')
    return text


class KeptBackups(Model):
    """Which backups stay on the volume. A backup that more than one of these keeps stays once."""

    daily: Annotated[int, Field(ge=1, le=366)] = 7
    """The newest of each of so many days that have one."""

    weekly: Annotated[int, Field(ge=0, le=520)] = 4
    """The newest of each of so many weeks that have one."""

    releases: Annotated[int, Field(ge=1, le=100)] = 5
    """The newest ones that were made before a release."""


class Backup(Model):
    """Backups of the portal's database: on a schedule, and before each release, encrypted on a volume of their own."""

    public_key: Annotated[str, AfterValidator(_public_key)]
    """The public key that backups are encrypted to. Keep the private one outside of the cluster; without it, no backup
    can be read."""

    schedule: Annotated[str, AfterValidator(_schedule)] = "0 2 * * *"
    """When to back up, as a cron line in UTC."""

    keep: KeptBackups = KeptBackups()
    """Which backups stay."""

    storage: Annotated[Size, AfterValidator(at_least("100Mi", "a dump of a new portal has 1 MB, and it grows"))] = "5Gi"
    """The size of the volume for all backups that are kept. A dump that is being made takes as much of its node's
    disk."""

    storage_class: Name | None = None
    """The storage class of the volume. Default: the cluster's default class."""
