"""``app/migrations.json``: the database migrations in the packages of a composition. ``portal lock`` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from portal.base.errors import SituationError
from portal.base.json_file import read_state
from portal.models.base import Model

FILE = "migrations.json"
_MEND = "run `portal lock`, which writes it again"


class PackageMigrations(Model):
    """The migrations of one package.

    ``plugin`` is the plugin whose database schema they change. It is None for a package that brings migrations to every
    plugin, such as ``@backstage/backend-defaults`` for the scheduler. ``names`` are files, relative to the package's
    folder ``migrations``, in the order in which knex runs them (https://knexjs.org/guide/migrations.html).
    """

    plugin: str | None = None
    names: tuple[str, ...]


class Migrations(Model):
    """The migrations of a composition, by package. ``composition`` is its id (``portal.release.locked``)."""

    composition: str
    packages: dict[str, PackageMigrations]


def recorded_migrations(app: Path, composition: str) -> Mapping[str, PackageMigrations] | None:
    """The migrations that ``portal lock`` found. None if it has not run for this composition."""
    found = read_state(app / FILE, Migrations, f"app/{FILE}", _MEND)
    return found.packages if found is not None and found.composition == composition else None


def read_migrations(app: Path, composition: str) -> Mapping[str, PackageMigrations]:
    """The migrations that ``portal lock`` found. SituationError if it has not run for this composition."""
    found = read_state(app / FILE, Migrations, f"app/{FILE}", _MEND)
    if found is None or found.composition != composition:
        raise SituationError(
            f"app/{FILE} is missing"
            if found is None
            else f"app/{FILE} was made for another set of packages than portal.yaml asks for now",
            "run `portal lock`, and commit the files in app/ that it writes",
        )
    return found.packages
