"""Whether a stack can go back from one release to an earlier one without touching the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from portal.release.bundle import Release
from portal.release.migrations import PackageMigrations
from portal.release.reviewed_migrations import verdict


@dataclass(frozen=True)
class WayBack:
    """What stays in the database, and what stands in the way.

    ``kept`` are names of migrations that the earlier release does not know and works with, as the database has them.
    ``blocked`` says of every other one why it does not.
    """

    kept: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


def way_back(now: Release, earlier: Release) -> WayBack:
    """The way from the release that runs now to an earlier one. A release that records no migrations blocks it.

    Migrations of a plugin that the earlier release does not have are in a schema that nobody looks at then.
    """
    if now.built_from is None or earlier.built_from is None:
        unknown = now if now.built_from is None else earlier
        return WayBack(blocked=(f"{unknown.id} does not record its migrations",))
    kept: list[str] = []
    blocked: list[str] = []
    plugins = {name for record in earlier.plugins.values() for name in record.databases}
    for package, name in _only_in(now.built_from.migrations, earlier.built_from.migrations, plugins):
        known = verdict(package, name)
        if known is not None and known.additive:
            kept.append(name.rpartition("/")[2])
        else:
            blocked.append(f"{package} {name}: {known.why if known is not None else 'it was not reviewed'}")
    return WayBack(tuple(kept), tuple(blocked))


def _only_in(
    now: Mapping[str, PackageMigrations], earlier: Mapping[str, PackageMigrations], plugins: Collection[str]
) -> Iterator[tuple[str, str]]:
    """The migrations of ``plugins``, and of all plugins together, that only the first one has."""
    there = {(package, name) for package, found in earlier.items() for name in found.names}
    for package, found in sorted(now.items()):
        if found.plugin is None or found.plugin in plugins:
            yield from ((package, name) for name in sorted(found.names) if (package, name) not in there)
