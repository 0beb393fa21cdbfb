"""PostgreSQL that runs elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from portal.contract import DATABASE_PASSWORD, DATABASE_PASSWORD_FILE
from portal.models.base import Model, refusal
from portal.models.database.engine import DatabaseSettings, DatabaseTrial, PasswordSecret
from portal.models.network import OutboundCidr
from portal.models.scalars import Certificates, HostName, Name

# https://www.postgresql.org/docs/18/sql-syntax-lexical.html (NAMEDATALEN). A longer name would be cut off in silence.
_MAX_NAME_BYTES = 63


def _existing_name(text: str) -> str:
    """Any name that PostgreSQL can have: somebody else chose it, and nothing here writes it into a statement."""
    if not 0 < len(text.encode("utf-8", "surrogatepass")) <= _MAX_NAME_BYTES or "\0" in text:
        raise refusal(f"a name of 1 to {_MAX_NAME_BYTES} bytes", "write the name that it has in PostgreSQL")
    return text


ExistingName = Annotated[str, AfterValidator(_existing_name)]


class PasswordSecretSettings(Model):
    """A key of an existing Secret in the portal's namespace."""

    name: Name
    """The Secret's name."""

    key: Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$")] = "password"
    """The key that holds the password."""


class ExternalDatabaseSettings(DatabaseSettings):
    """PostgreSQL that runs elsewhere. TLS is always on, and the certificate is verified."""

    engine: Literal["external"]
    """A database that already exists: empty, or this portal's."""

    # For an IP address node-postgres sends no server name, and compares the certificate with `localhost`.
    host: HostName
    """The host name. The database's certificate has to be issued for it."""

    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    """The port."""

    name: ExistingName = "portal"
    """The database. It has to exist; each plugin has its own schema in it."""

    user: ExistingName = "portal"
    """The role. It needs CONNECT, CREATE and TEMPORARY on the database, and nothing else."""

    cidr: OutboundCidr | None = None
    """The network that the database is in. Network policies open its port there. Default: on any address, or only in
    the namespace of a host like `db.data.svc.cluster.local`."""

    ca: Certificates | None = None
    """The certificate authority, in PEM. Default: the public ones that Node.js trusts."""

    password_secret: PasswordSecretSettings | None = None
    """An existing Secret with the password. Default: none; the password is `DATABASE_PASSWORD` in `portal:secrets`."""

    keep: bool = True
    """`false` lets a destroy delete what the stack keeps besides: its namespace and its backups. The database stays in
    any case, as it is somebody else's."""

    limited_by_others: ClassVar[bool] = True

    @property
    def rest_is_kept(self) -> bool:
        """As the stack says. The database itself is in no stack."""
        return self.keep

    @property
    def required_secrets(self) -> Mapping[str, tuple[str, str]]:
        """The password, unless an existing Secret has it."""
        if self.password_secret is not None:
            return {}
        return {DATABASE_PASSWORD: (f"The password of the role {self.user}", f"ask the administrator of {self.host}")}

    @property
    def credentials(self) -> dict[str, Any]:
        """The password, and TLS with a verified certificate."""
        password = {"$secret": DATABASE_PASSWORD} if self.password_secret is None else {"$file": DATABASE_PASSWORD_FILE}
        authority = {"ca": self.ca} if self.ca is not None else {}
        return {"password": password, "ssl": {**authority, "rejectUnauthorized": True}}

    @property
    def trial(self) -> DatabaseTrial:
        """The database exists before the portal, so preflight can connect to it."""
        kept = self.password_secret
        return DatabaseTrial(self.ca, PasswordSecret(kept.name, kept.key) if kept is not None else None)
