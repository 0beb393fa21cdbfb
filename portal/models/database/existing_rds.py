"""PostgreSQL on RDS that somebody else made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from portal.aws.roots import roots_of
from portal.models.aws.scalars import Region
from portal.models.database.engine import DatabaseSettings, Fault, RdsLookup
from portal.models.database.external import ExistingName
from portal.models.database.iam_sign_in import iam_credentials, missing_authorities
from portal.models.database.rds import THROWN_AWAY
from portal.models.scalars import Certificates, HostName

# The role is a part of an ARN in the portal's rights, where `*` and `?` would stand for other roles, too.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
_RoleName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,62}$")]


class ExistingRdsDatabaseSettings(DatabaseSettings):
    """PostgreSQL on RDS that somebody else made. The portal signs in with its AWS role, and TLS is always on."""

    engine: Literal["existing-rds"]
    """A database on RDS that already exists: empty, or this portal's. For `target: aws`."""

    host: HostName
    """The host name of the instance's endpoint. No other name has the right certificate and takes tokens."""

    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    """The port."""

    name: ExistingName = "portal"
    """The database. It has to exist; each plugin has its own schema in it."""

    user: _RoleName = "portal"
    """The role. It needs `rds_iam`, and CONNECT, CREATE and TEMPORARY on the database, and nothing else."""

    resource_id: Annotated[str, Field(pattern=r"^(db|cluster|prx)-[A-Za-z0-9]+$")]
    """The instance's resource id, which its ARN does not have (`db-ABCDEFGHIJKL`). The RDS console shows it under
    Configuration."""

    region: Region | None = None
    """Its region. Default: the portal's."""

    ca: Certificates | None = None
    """The certificate authorities of RDS in its region, in PEM. Default: those that the portal has for the region."""

    keep: bool = True
    """`false` lets a destroy delete what the stack keeps besides: load balancer, bucket, key and namespace. The
    database stays in any case, as it is somebody else's."""

    on_aws: ClassVar[bool] = True
    limited_by_others: ClassVar[bool] = True
    own_backups: ClassVar[str | None] = (
        "remove portal:backup: RDS backs it up, for as many days as whoever made it has chosen"
    )

    def faults(self, region: str | None, connections: int) -> Iterator[Fault]:
        """A region whose authorities nobody knows. Its connections are a matter of whoever made it."""
        chosen = self.region or region
        if chosen is not None and self.ca is None and roots_of(chosen) is None:
            yield missing_authorities(chosen)

    @property
    def rest_is_kept(self) -> bool:
        """As the stack says. The database itself is in no stack."""
        return self.keep

    @property
    def of_its_own(self) -> dict[str, Any]:
        """A new database on RDS: in this one, two portals would share a role."""
        return {"engine": "rds", **THROWN_AWAY}

    @property
    def credentials(self) -> dict[str, Any]:
        """No password: Backstage signs tokens with the role of its pods."""
        return iam_credentials(self.region)

    def misfits(self, instance: Mapping[str, Any]) -> Iterator[Fault]:
        """Another address, another kind of database, or one that takes no tokens."""
        made, engine = self.resource_id, str(instance.get("Engine"))
        # Without one, it is still being made.
        endpoint: Mapping[str, Any] = instance.get("Endpoint") or {}
        host, port = str(endpoint.get("Address", self.host)), int(endpoint.get("Port", self.port))
        if engine != "postgres":
            yield Fault("resourceId", f"{made}, which is {engine}", "an instance of PostgreSQL", "correct it")
        elif host.lower() != self.host.lower():
            yield Fault("host", self.host, f"the endpoint of {made}, which is {host}", "correct one of them")
        elif port != self.port:
            yield Fault("port", str(self.port), f"the port of {made}, which is {port}", "correct it")
        elif not instance.get("IAMDatabaseAuthenticationEnabled"):
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Enabling.html
            yield Fault(
                "resourceId",
                f"{made}, which takes no tokens of IAM for passwords",
                "an instance with IAM database authentication",
                "let whoever made it turn that on (`aws rds modify-db-instance --enable-iam-database-authentication`)",
            )

    def rds_lookup(self, stack: str) -> RdsLookup:
        """By its resource id, as its name is whatever others chose."""
        return RdsLookup(resource_id=self.resource_id, region=self.region)
