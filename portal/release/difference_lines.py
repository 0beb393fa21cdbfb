"""The difference between two releases as lines that people read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.release.difference import MigrationChange, ReleaseDifference, VersionChange

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Section:
    """Lines about one subject. They begin with ``+``, ``-`` or ``~``, or say something in words."""

    title: str
    lines: Sequence[str]


def sections(found: ReleaseDifference) -> list[Section]:
    """Everything that differs, without what is breaking. Subjects without a difference are left out."""
    before, after = found.backstage
    every = [
        Section("Backstage", [f"{before} -> {after}"] if before != after else []),
        Section(
            "plugins",
            [
                *(f"+ {name}" for name in found.added_plugins),
                *(f"- {name}" for name in found.removed_plugins),
                *(f"~ {name}: another record" for name in found.changed_plugins),
            ],
        ),
        Section("portal.yaml", [one.line for one in found.portal]),
        Section("npm packages", [package_line(one) for one in found.packages or ()]),
        Section("app-config keys", [*(f"- {key}" for key in found.gone_keys), *(f"+ {key}" for key in found.new_keys)]),
        Section("database migrations", [migration_line(one) for one in found.migrations or ()]),
        Section("content/", ["changed"] if found.same_content is False else []),
        Section("image", [] if found.same_image else [_sizes(found.bytes)]),
        Section("database image", [] if found.same_database_image else ["another one: the database restarts"]),
    ]
    return [one for one in every if one.lines]


def megabytes(count: int | None) -> str:
    """A size as people read it. Empty if it is not known."""
    return f"{count / _MEGABYTE:.1f} MB" if count else ""


def package_line(one: VersionChange) -> str:
    """A package with other versions."""
    before, after = ", ".join(one.before), ", ".join(one.after)
    if not before:
        return f"+ {one.name} {after}"
    return f"~ {one.name} {before} -> {after}" if after else f"- {one.name} {before}"


def migration_line(one: MigrationChange) -> str:
    """A migration, and what is known about it."""
    known = "not reviewed" if one.additive is None else "additive" if one.additive else "cannot be undone"
    return f"{'+' if one.added else '-'} {one.package} {one.name} ({known})"


def _sizes(counts: tuple[int, int]) -> str:
    before, after = (megabytes(count) or "unknown size" for count in counts)
    return f"{before} -> {after}"
