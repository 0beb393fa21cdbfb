"""The database migrations that a stack's plugins need, and which of them can run before Backstage does.

Each backend plugin has a schema, and knex keeps a list of what has run there (https://knexjs.org/guide/migrations.html).
Plugins of Backstage run what is in the folder ``migrations`` of their package, with knex's own table. The services of
every plugin are the exception: their migrations come from one library, with tables of their own
(``@backstage/backend-defaults``, ``DatabaseKeyStore`` and ``migrateBackendTasks``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from portal.release.migrations import PackageMigrations
from portal.release.reviewed_migrations import additive_migrations

_FOLDER = "migrations"
_TABLE = "knex_migrations"
_SERVICES = "@backstage/backend-defaults"
_SERVICE_TABLES = {
    "auth": "backstage_backend_public_keys__knex_migrations",
    "scheduler": "backstage_backend_tasks__knex_migrations",
}


@dataclass(frozen=True)
class MigrationSet:
    """The migrations of one folder of a package, in the order in which knex runs them.

    ``folder`` is below the package, ``table`` where knex lists what has run. ``later`` are migrations of later
    versions that this version works with.
    """

    package: str
    folder: str
    table: str
    names: tuple[str, ...]
    later: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackMigrations:
    """What runs before Backstage starts, by schema, and the plugins that migrate when they start.

    ``schemas`` is empty if it is not known how all of the migrations run: every plugin then migrates when it starts.
    """

    schemas: Mapping[str, tuple[MigrationSet, ...]] = field(default_factory=dict[str, tuple[MigrationSet, ...]])
    at_start: tuple[str, ...] = ()

    @property
    def listed(self) -> dict[str, list[dict[str, Any]]]:
        """``schemas`` as JSON can hold it."""
        return {schema: [asdict(one) for one in sets] for schema, sets in self.schemas.items()}

    @property
    def before_start(self) -> bool:
        """Whether migrations run before Backstage starts, and plugins skip them."""
        return bool(self.schemas)

    @property
    def all_before_start(self) -> bool:
        """Whether no plugin migrates when it starts."""
        return self.before_start and not self.at_start


def stack_migrations(
    packages: Mapping[str, PackageMigrations] | None, plugins: Iterable[str], later: Iterable[str] = ()
) -> StackMigrations:
    """The migrations of ``plugins``, the ids of backend plugins. ``packages`` is None if nobody recorded them.

    ``later`` are names of migrations that may be in the database besides: of releases that were rolled back.

    A package with migrations in subfolders, or with none that could be found, has its own way to run them. So have
    several packages of one plugin: knex refuses a list in which others have written, so at most one of them uses it.
    """
    if packages is None or _SERVICES not in packages:
        return StackMigrations()
    others = tuple(later)
    services = _of_services(packages[_SERVICES], others)
    known = {name: one for name, one in packages.items() if name != _SERVICES}
    if services is None or any(one.plugin is None for one in known.values()):
        return StackMigrations()
    owners = Counter(one.plugin for one in known.values())
    unusual = {
        one.plugin
        for one in known.values()
        if owners[one.plugin] > 1 or not one.names or any("/" in name for name in one.names)
    }
    schemas = {plugin: (*services, *_of_plugin(known, plugin, others)) for plugin in sorted(set(plugins) - unusual)}
    return StackMigrations(schemas, tuple(sorted(set(plugins) & unusual)))


def _of_plugin(packages: Mapping[str, PackageMigrations], plugin: str, later: tuple[str, ...]) -> list[MigrationSet]:
    return [
        MigrationSet(name, _FOLDER, _TABLE, one.names, _later(additive_migrations(name), one.names, later))
        for name, one in sorted(packages.items())
        if one.plugin == plugin
    ]


def _of_services(library: PackageMigrations, later: tuple[str, ...]) -> list[MigrationSet] | None:
    """The sets of the library that every plugin uses. None if it has a folder whose table is not known."""
    by_folder: dict[str, list[str]] = {}
    for folder, _, name in (path.rpartition("/") for path in library.names):
        by_folder.setdefault(folder, []).append(name)
    if not by_folder.keys() <= _SERVICE_TABLES.keys():
        return None
    reviewed = [path.rpartition("/") for path in additive_migrations(_SERVICES)]
    return [
        MigrationSet(
            _SERVICES,
            f"{_FOLDER}/{folder}",
            _SERVICE_TABLES[folder],
            tuple(names),
            _later((name for there, _, name in reviewed if there == folder), names, later),
        )
        for folder, names in sorted(by_folder.items())
    ]


def _later(reviewed: Iterable[str], names: Collection[str], later: Iterable[str]) -> tuple[str, ...]:
    """The names that may be in a list besides ``names``."""
    return tuple(sorted({*reviewed, *later} - {*names}))
