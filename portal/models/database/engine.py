"""What a database engine implies, whichever it is: asked of the settings themselves, never guessed from a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from portal.contract import DATABASE_PASSWORD
from portal.models.base import Model


@dataclass(frozen=True)
class PasswordSecret:
    """A key of a Secret that somebody else keeps in the portal's namespace."""

    name: str
    key: str


@dataclass(frozen=True)
class DatabaseTrial:
    """What a try of a database from inside the cluster needs besides the pod's environment.

    ``ca``: the authority that signed its certificate, in PEM; None for the public ones. ``password``: where the cluster
    keeps it; None where the stack's own secrets have it.
    """

    ca: str | None
    password: PasswordSecret | None


class DatabaseSettings(Model):
    """The settings of one engine, and what follows from choosing it. Its name is the literal of a field ``engine``.

    Everything here has the answer of a database that the stack makes itself; an engine overrides what differs.
    """

    default: ClassVar[bool] = False
    # Whether it runs an image of the release: that one has to be built, and in a registry.
    own_image: ClassVar[bool] = False
    # The secrets that nobody needs to choose.
    generated_secrets: ClassVar[tuple[str, ...]] = ()

    @property
    def data_is_kept(self) -> bool:
        """Whether a destroy leaves the data."""
        return True

    @property
    def required_secrets(self) -> Mapping[str, tuple[str, str]]:
        """The secrets that a person has to get: what each is, and where it is to be had."""
        return {}

    @property
    def credentials(self) -> dict[str, Any]:
        """What app-config's ``backend.database.connection`` has besides host, port, user and database."""
        return {"password": {"$secret": DATABASE_PASSWORD}}

    @property
    def trial(self) -> DatabaseTrial | None:
        """How preflight tries it; None for a database that is not there before the portal."""
        return None
