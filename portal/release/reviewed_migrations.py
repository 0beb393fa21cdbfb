"""Which database migrations were reviewed: whether older code still works on a database that has them.

Backstage itself says nothing about it, and refuses to start on a database with migrations that it does not know
(backstage/backstage#22439). Each verdict was found by reading the migration. A migration that is not listed was not
reviewed, and counts as one that cannot be undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_CATALOG = "@backstage/plugin-catalog-backend"


@dataclass(frozen=True)
class Verdict:
    """Whether older code works after a migration, and why, in a few words."""

    additive: bool
    why: str


_REVIEWED: Mapping[str, Mapping[str, Verdict]] = {
    _CATALOG: {
        "20260403000000_add_location_entity_ref.js": Verdict(
            additive=False, why="a required column without a default: older code cannot add locations"
        ),
        "20260510000000_search_indices_and_dedup.js": Verdict(additive=False, why="deletes duplicate rows"),
        "20260904000000_fix_search_entity_id_ndistinct.js": Verdict(additive=True, why="statistics only"),
        "20260912000000_refresh_state_maintenance.js": Verdict(additive=True, why="statistics and storage only"),
    }
}


def verdict(package: str, name: str) -> Verdict | None:
    """The verdict on a migration of a package. None if nobody reviewed it."""
    return _REVIEWED.get(package, {}).get(name)


def additive_migrations(package: str) -> tuple[str, ...]:
    """The migrations of a package, sorted, after which older code still works."""
    return tuple(sorted(name for name, one in _REVIEWED.get(package, {}).items() if one.additive))
