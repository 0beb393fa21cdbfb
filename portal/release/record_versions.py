"""The packages whose exact version a record names, and whether those fit a Backstage release.

Backstage's own packages have the release's versions, whatever others ask for (``Composition.resolutions``). A package
that asks for other versions of them mostly works, and sometimes does not. So it is moved to a version that fits if
there is one, and named to a person if there is none. Reads no registry: what packages ask for is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portal.plugins.load import record_file
from portal.release.composition import Composition
from portal.release.release_versions import Asks, is_release, parsed
from portal.release.version_range import accepts


@dataclass(frozen=True)
class PinnedPackage:
    """A package with an exact version in a record: the record's file, and the key of the version there."""

    name: str
    version: str
    file: str
    key: tuple[str, str, str]


@dataclass(frozen=True)
class PinnedVersion:
    """What becomes of a pinned package with another release. ``version`` is the one that it has then.

    ``misfits`` say in words what it asks for and the release does not have.
    """

    package: PinnedPackage
    version: str
    misfits: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """Whether it has another version than before."""
        return self.version != self.package.version


def pinned_packages(composition: Composition) -> list[PinnedPackage]:
    """The packages of a composition whose version a record names, by name and file."""
    records = [*composition.records.values(), *composition.sign_in.values(), *composition.sources.values()]
    found = [
        PinnedPackage(name, version, record_file(record), ("packages", part, name))
        for record in records
        for part, packages in (("frontend", record.packages.frontend), ("backend", record.packages.backend))
        for name, version in packages.items()
        if version is not None
    ]
    return sorted(found, key=lambda one: (one.name, one.file, one.key))


def pinned_version(package: PinnedPackage, published: Mapping[str, Asks], release: Mapping[str, str]) -> PinnedVersion:
    """The version that a pinned package should have with a release, whose packages have these versions.

    The one that it has, if that fits or if none fits; else the nearest later one that fits: that changes least.
    """
    current = package.version
    misfits = tuple(_misfits(published.get(current, {}), release))
    if misfits and is_release(current):
        later = sorted((one for one in published if is_release(one) and parsed(one) > parsed(current)), key=parsed)
        for version in later:
            if not any(_misfits(published[version], release)):
                return PinnedVersion(package, version, ())
    return PinnedVersion(package, current, misfits)


def _misfits(asks: Asks, release: Mapping[str, str]) -> Iterator[str]:
    for name, text in sorted(asks.items()):
        if name in release and is_release(release[name]) and accepts(text, release[name]) is False:
            yield f"asks for {name} {text}, and the release has {release[name]}"
