"""What a database engine implies. The settings of each engine answer; no code compares the engine's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from portal.contract import DATABASE_PASSWORD
from portal.models.base import Model


@dataclass(frozen=True)
class PasswordSecret:
    """A key of an existing Secret in the portal's namespace."""

    name: str
    key: str


@dataclass(frozen=True)
class DatabaseTrial:
    """What a test connection from inside the cluster needs, besides the pod's environment.

    ``ca`` is the authority that signed the certificate, in PEM; None for the public ones. ``password`` is the Secret in
    the cluster that has the password; None if the stack's own secrets have it.
    """

    ca: str | None
    password: PasswordSecret | None


@dataclass(frozen=True)
class Fault:
    """What does not fit: the key below ``portal:database``, and the parts of the sentence about it."""

    key: str
    got: str
    allowed: str
    fix: str


@dataclass(frozen=True)
class RdsLookup:
    """How an instance of RDS is found: by its name, or by its resource id if somebody else made it.

    ``region`` is None for the portal's own.
    """

    name: str | None = None
    resource_id: str | None = None
    region: str | None = None

    @property
    def of_others(self) -> bool:
        """Whether somebody else made the instance. A cluster or a proxy is none."""
        return self.resource_id is not None and self.resource_id.startswith("db-")


class DatabaseSettings(Model):
    """The settings of one engine, and what follows from choosing it. The field ``engine`` has its name as a literal.

    The answers here are those of a database that the stack makes itself. An engine overrides what differs.
    """

    default: ClassVar[bool] = False
    # Whether it runs an image of the release. That image has to be built, and be in a registry.
    own_image: ClassVar[bool] = False
    # Whether it is a service of AWS, so that the stack has to name its account and its network.
    on_aws: ClassVar[bool] = False
    # How to back it up, if it has backups of its own. `portal:backup` is for databases that have none.
    own_backups: ClassVar[str | None] = None
    # Whether somebody else decides how many connections it allows.
    limited_by_others: ClassVar[bool] = False
    # The secrets that are generated, as nobody needs to choose them.
    generated_secrets: ClassVar[tuple[str, ...]] = ()

    @property
    def data_is_kept(self) -> bool:
        """Whether a destroy leaves the data."""
        return True

    @property
    def rest_is_kept(self) -> bool:
        """Whether a destroy leaves what else holds data, or leads to it: bucket, key, load balancer, namespace."""
        return self.data_is_kept

    @property
    def leaves_backups(self) -> bool:
        """Whether a destroy leaves backups of it that the stack's key encrypts, so that the key has to stay."""
        return False

    @property
    def of_its_own(self) -> dict[str, Any]:
        """``portal:database`` of a stack that is made like this one, and thrown away with its data.

        By default a new database of the default engine: two portals in one database would share a role, so that one of
        them could read and delete what is the other's.
        """
        return {"keep": False}

    @property
    def required_secrets(self) -> Mapping[str, tuple[str, str]]:
        """The secrets that a person has to provide: what each is, and where to get it."""
        return {}

    @property
    def credentials(self) -> dict[str, Any]:
        """What app-config's ``backend.database.connection`` has besides host, port, user and database."""
        return {"password": {"$secret": DATABASE_PASSWORD}}

    def faults(self, region: str | None, connections: int) -> Iterator[Fault]:
        """What does not fit the region of AWS, or the ``connections`` that the stack's replicas may open."""
        return iter(())

    @property
    def trial(self) -> DatabaseTrial | None:
        """How preflight tests it; None for a database that does not exist before the portal."""
        return None

    def last_snapshot(self, stack: str) -> str | None:
        """The name of the snapshot that RDS makes when a destroy deletes the database; None if it makes none."""
        return None

    def misfits(self, instance: Mapping[str, Any]) -> Iterator[Fault]:
        """What RDS says of an instance that others made, as far as it is not what these settings say of it."""
        return iter(())

    def rds_lookup(self, stack: str) -> RdsLookup | None:
        """How the instance of RDS that it is on is found; None if it is on none."""
        return None
