"""What differs between two releases. Compares what they record, and needs neither their images nor a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.base.difference import Difference, differences
from portal.base.json_types import is_list, is_mapping
from portal.release.bundle import Release
from portal.release.config_schemas import ConfigSchemas
from portal.release.migrations import PackageMigrations
from portal.release.reviewed_migrations import verdict


@dataclass(frozen=True)
class VersionChange:
    """The versions of a package or a plugin in two releases. Several, or none, if a release has several or none."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class MigrationChange:
    """A database migration that only one of two releases has. ``additive`` is None if nobody reviewed it."""

    package: str
    plugin: str | None
    name: str
    added: bool
    additive: bool | None
    why: str = ""


@dataclass(frozen=True)
class ReleaseDifference:
    """All differences between two releases.

    ``plugins`` are ids of plugins, sign-in providers and sources whose records differ. ``portal`` are the values of
    ``portal.yaml``. ``packages`` and ``migrations`` are None if one of the two releases does not record them.
    ``gone_keys`` and ``new_keys`` are keys of app-config that only one of the two releases declares. ``bytes`` are the
    sizes of the images' archives; 0 where a release does not record it.
    """

    backstage: tuple[str, str]
    added_plugins: tuple[str, ...]
    removed_plugins: tuple[str, ...]
    changed_plugins: tuple[str, ...]
    portal: tuple[Difference, ...]
    packages: tuple[VersionChange, ...] | None
    gone_keys: tuple[str, ...]
    new_keys: tuple[str, ...]
    migrations: tuple[MigrationChange, ...] | None
    bytes: tuple[int, int]
    same_image: bool
    same_database_image: bool
    same_content: bool | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs that is recorded in both."""
        named = (self.added_plugins, self.removed_plugins, self.changed_plugins, self.gone_keys, self.new_keys)
        return (
            not any((*named, self.portal, self.packages, self.migrations))
            and self.backstage[0] == self.backstage[1]
            and self.same_image
            and self.same_database_image
            and self.same_content is not False
        )

    @property
    def breaking(self) -> tuple[str, ...]:
        """What may stop something that works now, as sentences."""
        return tuple(_breaking(self))


def release_difference(
    before: Release, after: Release, schemas_before: ConfigSchemas, schemas_after: ConfigSchemas
) -> ReleaseDifference:
    """The differences from one release to another."""
    old, new = _records(before), _records(after)
    keys_before, keys_after = declared_keys(schemas_before), declared_keys(schemas_after)
    known = before.built_from, after.built_from
    return ReleaseDifference(
        backstage=(before.portal.backstage, after.portal.backstage),
        added_plugins=tuple(sorted(new.keys() - old.keys())),
        removed_plugins=tuple(sorted(old.keys() - new.keys())),
        changed_plugins=tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name])),
        portal=tuple(differences(_portal(before), _portal(after))),
        packages=package_changes(known[0].packages, known[1].packages) if known[0] and known[1] else None,
        gone_keys=tuple(sorted(keys_before - keys_after)),
        new_keys=tuple(sorted(keys_after - keys_before)),
        migrations=migration_changes(known[0].migrations, known[1].migrations) if known[0] and known[1] else None,
        bytes=(before.images.portal.bytes or 0, after.images.portal.bytes or 0),
        same_image=before.images.portal.reference == after.images.portal.reference,
        same_database_image=before.images.database.reference == after.images.database.reference,
        same_content=known[0].content == known[1].content if known[0] and known[1] else None,
    )


def declared_keys(schemas: ConfigSchemas) -> frozenset[str]:
    """Every key of app-config that a package declares, as ``backend.cache.store``. Any name is ``*``, a list ``[]``."""
    return frozenset(key for entry in schemas.packages for key in _keys(entry.get("schema"), ""))


def _keys(schema: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - JSON in
    if not is_mapping(schema):
        return
    for combined in ("allOf", "anyOf", "oneOf"):
        options = schema.get(combined)
        for option in options if is_list(options) else ():
            yield from _keys(option, path)
    properties = schema.get("properties")
    for name, inner in properties.items() if is_mapping(properties) else ():
        here = f"{path}.{name}" if path else str(name)
        yield here
        yield from _keys(inner, here)
    yield from _keys(schema.get("additionalProperties"), f"{path}.*" if path else "*")
    yield from _keys(schema.get("items"), f"{path}[]")


def _records(release: Release) -> dict[str, Any]:
    groups = {"": release.plugins, "sign-in ": release.sign_in, "source ": release.sources}
    return {
        f"{prefix}{name}": record.model_dump(mode="json", by_alias=True)
        for prefix, records in groups.items()
        for name, record in records.items()
    }


def _portal(release: Release) -> dict[str, Any]:
    return release.portal.model_dump(mode="json", by_alias=True, exclude_none=True)


def package_changes(
    before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]]
) -> tuple[VersionChange, ...]:
    """The packages with other versions, by name."""
    names = sorted({*before, *after})
    changes = (VersionChange(name, before.get(name, ()), after.get(name, ())) for name in names)
    return tuple(one for one in changes if one.before != one.after)


def migration_changes(
    before: Mapping[str, PackageMigrations], after: Mapping[str, PackageMigrations]
) -> tuple[MigrationChange, ...]:
    """The migrations that only one of two compositions has, by package and name."""
    old, new = _named(before), _named(after)
    return tuple(
        _migration(package, name, plugin, added=(package, name) in new)
        for (package, name), plugin in sorted({**old, **new}.items())
        if ((package, name) in old) != ((package, name) in new)
    )


def _named(packages: Mapping[str, PackageMigrations]) -> dict[tuple[str, str], str | None]:
    return {(package, name): found.plugin for package, found in packages.items() for name in found.names}


def _migration(package: str, name: str, plugin: str | None, *, added: bool) -> MigrationChange:
    known = verdict(package, name)
    reviewed = (None, "") if known is None else (known.additive, known.why)
    return MigrationChange(package, plugin, name, added, *reviewed)


def _breaking(found: ReleaseDifference) -> Iterator[str]:
    for name in found.removed_plugins:
        yield f"{name} is no longer in the portal"
    for key in found.gone_keys:
        yield f"no package declares the app-config key {key} any more"
    yield from migration_warnings(found.migrations or ())
    if found.migrations is None:
        yield "one of the releases does not record its migrations: it may be impossible to go back"


def migration_warnings(changes: Iterable[MigrationChange]) -> Iterator[str]:
    """What may make it impossible to go back, as sentences."""
    for one in changes:
        where = f"{one.package} {one.name}"
        if not one.added:
            if one.additive is not True:
                yield f"a database with the migration {where} is refused, which this release does not know"
        elif one.additive is None:
            yield f"the migration {where} was not reviewed: it may be impossible to go back"
        elif not one.additive:
            yield f"after the migration {where}, it is impossible to go back without a backup: {one.why}"
