"""How a stack backs up its database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from portal.base.age_key import is_public_key
from portal.contract import BACKUP_SECRET_KEY
from portal.models.base import Model, refusal
from portal.models.scalars import BucketName, Certificates, Name, Origin, Size, at_least

_FIELD = r"[0-9*/,a-zA-Z-]+"
_CRON = re.compile(rf"@(?:hourly|daily|weekly|monthly)|{_FIELD}(?: {_FIELD}){{4}}")


_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}")


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise refusal(
            "names with slashes between them (portals/prod)", "leave out slashes at the beginning and the end"
        )
    return text


def _role(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise refusal(
            "the ARN of a role (arn:aws:iam::123456789012:role/backups)", "write the ARN that AWS shows for it"
        )
    return text


def _public_key(text: str) -> str:
    if not is_public_key(text):
        raise refusal("a public key of age (age1...)", "make a pair with `portal backup key backup.key`")
    return text


def _schedule(text: str) -> str:
    if not _CRON.fullmatch(text):
        raise refusal("a cron line of five fields, in UTC", 'write "0 2 * * *" for 2:00 every night')
    return text


class KeptBackups(Model):
    """Which backups stay. A backup that more than one of these keeps stays once."""

    daily: Annotated[int, Field(ge=1, le=366)] = 7
    """The newest of each of so many days that have one."""

    weekly: Annotated[int, Field(ge=0, le=520)] = 4
    """The newest of each of so many weeks that have one."""

    releases: Annotated[int, Field(ge=1, le=100)] = 5
    """The newest ones that were made before a release."""

    by_hand: Annotated[int, Field(ge=1, le=100)] = 3
    """The newest ones that were made with `portal backup now`."""


class BackupBucket(Model):
    """A bucket of S3, or of a service that speaks its protocol. It has to exist."""

    name: BucketName
    """The bucket."""

    region: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    """The region of the bucket. Services without regions take any, such as `us-east-1`."""

    prefix: Annotated[str, AfterValidator(_prefix), Field(max_length=200)]
    """The folder of this portal's backups in the bucket, such as `portals/prod`. No other portal may use it, as each
    deletes old backups there."""

    endpoint: Origin | None = None
    """The address of the service. Default: AWS."""

    ca: Certificates | None = None
    """The certificate authority of the service, in PEM. Default: the public ones that Node.js trusts."""

    access_key_id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,128}$")] | None = None
    """The id of an access key. Its secret part is `BACKUP_SECRET_ACCESS_KEY` in `portal:secrets`."""

    role: Annotated[str, AfterValidator(_role)] | None = None
    """Instead of a key, the IAM role for the service account `backup` in the portal's namespace, in EKS."""

    @property
    def required_secrets(self) -> Mapping[str, tuple[str, str]]:
        """The secrets that a person has to provide: what each is, and where to get it."""
        if self.access_key_id is None:
            return {}
        what = f"The secret part of the access key {self.access_key_id}, for the backups' bucket"
        return {BACKUP_SECRET_KEY: (what, f"from whoever gave out the access key for {self.name}")}


def _key_or_role(bucket: BackupBucket) -> BackupBucket:
    if (bucket.role is None) == (bucket.access_key_id is None):
        raise refusal("either accessKeyId or role in it", "write one of the two")
    return bucket


class Backup(Model):
    """Backups of the portal's database: on a schedule, and before each release, encrypted."""

    public_key: Annotated[str, AfterValidator(_public_key)]
    """The public key that backups are encrypted to. Keep the private one outside of the cluster; without it, no backup
    can be read."""

    schedule: Annotated[str, AfterValidator(_schedule)] = "0 2 * * *"
    """When to back up, as a cron line in UTC."""

    keep: KeptBackups = KeptBackups()
    """Which backups stay."""

    bucket: Annotated[BackupBucket, AfterValidator(_key_or_role)] | None = None
    """A bucket for the backups, instead of a volume of the cluster."""

    storage: Annotated[Size, AfterValidator(at_least("100Mi", "a dump of a new portal has 1 MB, and it grows"))] = "5Gi"
    """The size of the volume for all backups that are kept. A dump that is being made may take as much of its node's
    disk, with a bucket too."""

    storage_class: Name | None = None
    """The storage class of the volume. Default: the cluster's default class."""

    @field_validator("storage_class")
    @classmethod
    def _of_a_volume(cls, storage_class: str | None, others: ValidationInfo) -> str | None:
        if storage_class is not None and others.data.get("bucket") is not None:
            raise refusal("no storageClass, as a bucket has none", "remove it")
        return storage_class

    @property
    def required_secrets(self) -> Mapping[str, tuple[str, str]]:
        """The secrets that a person has to provide: what each is, and where to get it."""
        return {} if self.bucket is None else self.bucket.required_secrets
