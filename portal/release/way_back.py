"""Whether a stack can go back from one release to an earlier one without touching the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portal.release.bundle import Release
from portal.release.reviewed_migrations import verdict


@dataclass(frozen=True)
class WayBack:
    """What stays in the database, and what stands in the way.

    ``kept`` are names of migrations that the earlier release does not know and works with. ``blocked`` says of every
    other one why it does not.
    """

    kept: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


def way_back(now: Release, earlier: Release) -> WayBack:
    """The way from the release that runs now to an earlier one. A release that records no migrations blocks it."""
    if now.built_from is None or earlier.built_from is None:
        unknown = now if now.built_from is None else earlier
        return WayBack(blocked=(f"{unknown.id} does not record its migrations",))
    before = {(name, one) for name, found in earlier.built_from.migrations.items() for one in found.names}
    new = sorted((n, one) for n, found in now.built_from.migrations.items() for one in found.names)
    kept: list[str] = []
    blocked: list[str] = []
    for package, name in new:
        if (package, name) in before:
            continue
        known = verdict(package, name)
        if known is not None and known.additive:
            kept.append(name)
        else:
            blocked.append(f"{package} {name}: {known.why if known is not None else 'it was not reviewed'}")
    return WayBack(tuple(kept), tuple(blocked))


def missing_migrations(now: Release, candidate: Release) -> Iterator[str]:
    """The migrations that a stack has now and a candidate lacks: with it, the stack would go back."""
    if now.built_from is None or candidate.built_from is None:
        return
    for package, found in sorted(now.built_from.migrations.items()):
        there = candidate.built_from.migrations.get(package)
        names = there.names if there is not None else ()
        yield from (f"{package} {name}" for name in found.names if name not in names)
