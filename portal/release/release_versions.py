"""Which version of each package belongs to a Backstage release, from what the packages ask of each other.

Backstage publishes all packages of a release together, and each asks for ``^`` of the others' versions in that release.
So the highest lower bound that any of them asks for is the release's version. Where this says nothing is a package that
no other asks for: its own asks say which release it is from.

Reads no registry: what packages ask for is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from portal.release.manifest import SCOPE

Asks = Mapping[str, str]
"""What one version of a package asks for: ranges by package."""

Version = tuple[int, int, int]

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_LOWER_BOUND = re.compile(r"(?:\^|~|>=)?(\d+\.\d+\.\d+)")


def parsed(version: str) -> Version:
    """A version to compare. Backstage's releases have no other form."""
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ValueError(version)
    return int(found[1]), int(found[2]), int(found[3])


def is_release(text: str) -> bool:
    """Whether a text is the number of a stable release: three numbers."""
    return _VERSION.fullmatch(text) is not None


def later_patch(wanted: str, available: Iterable[str]) -> str | None:
    """The nearest later patch of a version, which every range accepts that asks for the version. None if there is none.

    ``available`` may also have versions that are not stable; those do not count.
    """
    version = parsed(wanted)
    patches = sorted(parsed(one) for one in available if is_release(one))
    later = next((one for one in patches if one[:2] == version[:2] and one > version), None)
    return ".".join(map(str, later)) if later is not None else None


def lower_bounds(asks: Asks) -> dict[str, str]:
    """The lower bounds of what is asked of Backstage's packages; ranges that name none are left out."""
    found = {name: _LOWER_BOUND.fullmatch(text) for name, text in asks.items() if name.startswith(SCOPE)}
    return {name: match[1] for name, match in found.items() if match is not None}


def with_what_they_ask_for(
    known: Mapping[str, str], asks_of: Callable[[Mapping[str, str]], Iterable[Asks]], supposed: Mapping[str, str]
) -> dict[str, str]:
    """The known packages, and all that they ask for, at the highest lower bound. Known versions stay as they are.

    ``supposed`` versions count until something asks for a newer one. ``asks_of`` looks up what packages at exact
    versions ask for, many at a time.
    """
    versions = {**supposed, **known}
    fresh: Mapping[str, str] = versions
    while fresh:
        raised: dict[str, str] = {}
        for asks in asks_of(fresh):
            for name, bound in lower_bounds(asks).items():
                if name not in known and (name not in versions or parsed(bound) > parsed(versions[name])):
                    versions[name] = raised[name] = bound
        fresh = raised
    return dict(sorted(versions.items()))


def version_in_release(published: Mapping[str, Asks], release: Mapping[str, str]) -> str | None:
    """Which of a package's versions is from a release, by what each asks for; None where that does not tell.

    The newest that asks for nothing newer than the release has. Where several in a row ask for the same, the first of
    them: the others are patches that came later.
    """
    newest_first = sorted((version for version in published if _VERSION.fullmatch(version)), key=parsed, reverse=True)
    chosen: str | None = None
    for version in newest_first:
        bounds = {name: bound for name, bound in lower_bounds(published[version]).items() if name in release}
        if chosen is None:
            fits = all(parsed(bound) <= parsed(release[name]) for name, bound in bounds.items())
            chosen = version if fits and bounds else None
        elif lower_bounds(published[version]) == lower_bounds(published[chosen]):
            chosen = version
        else:
            break
    return chosen


def older_than_release(asks: Asks, release: Mapping[str, str]) -> list[str]:
    """The packages of which something older is asked for than the release has: a sign of another release."""
    bounds = lower_bounds(asks)
    return sorted(name for name, bound in bounds.items() if name in release and bound != release[name])
