"""Keys of app-config that a Backstage release renamed or removed, as rules that people wrote.

One file for each release in ``changed_keys/``. Nothing is renamed by guessing: a key that a schema lost and another one
that it gained need not mean the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, read_document
from portal.models.base import Model, validated
from portal.release.release_versions import is_release, parsed

_Segments = tuple[str, ...]
RULES = Path(__file__).parent / "changed_keys"


class KeyRules(Model):
    """The rules of one release. Keys are written as ``catalog.stitchingStrategy.mode``; none has a dot in its name.

    ``renamed`` says by the old key what it is called now: the value means the same. ``removed`` says by the old key
    what a person has to do.
    """

    renamed: dict[str, str] = {}
    removed: dict[str, str] = {}


@dataclass(frozen=True)
class ChangedKeys:
    """The rules of all releases on the way from one to another, in their order."""

    renamed: tuple[tuple[str, str], ...]
    removed: Mapping[str, str]


def changed_keys(before: str, after: str, folder: Path | None = None) -> ChangedKeys:
    """The rules of the releases after ``before``, up to ``after``. InputError for a file that cannot be read."""
    folder = folder or RULES
    releases = sorted((path.stem for path in folder.glob("*.yaml") if is_release(path.stem)), key=parsed)
    between = [_read(folder / f"{one}.yaml") for one in releases if parsed(before) < parsed(one) <= parsed(after)]
    return ChangedKeys(
        tuple(renamed for one in between for renamed in one.renamed.items()),
        {key: text for one in between for key, text in one.removed.items()},
    )


@cache
def _up_to(release: str) -> ChangedKeys:
    return changed_keys("0.0.0", release)


def what_became_of(path: KeyPath, release: str) -> str | None:
    """What a person has to do about a key that this release no longer has. None if no rule says so."""
    rules = _up_to(release)
    told = {**{old: f"write it as {new}" for old, new in rules.renamed}, **rules.removed}
    return next((fix for key, fix in told.items() if _stands_for(_segments(key), path)), None)


def key_path(key: str) -> tuple[str, ...]:
    """A key of a rule as a path."""
    return tuple(key.split("."))


def undeclared_paths(value: object, gone: Iterable[str], declared: Iterable[str]) -> Iterator[tuple[KeyPath, str]]:
    """The keys in an app-config that a release no longer declares, and how its schema wrote them.

    ``gone`` and ``declared`` are as :func:`portal.release.difference.declared_keys` has them. Nothing below such a key
    is named.
    """
    lost = {_segments(key): key for key in gone}
    there = [_segments(key) for key in declared]
    yield from _undeclared(value, (), lost, there)


def _undeclared(
    value: object, path: KeyPath, lost: Mapping[_Segments, str], there: list[_Segments]
) -> Iterator[tuple[KeyPath, str]]:
    for key, inner in _children(value):
        here = (*path, key)
        known = next((name for segments, name in lost.items() if _stands_for(segments, here)), None)
        if known is not None and not any(_stands_for(segments, here) for segments in there):
            yield here, known
        else:
            yield from _undeclared(inner, here, lost, there)


def _children(value: object) -> Iterator[tuple[str | int, object]]:
    if is_mapping(value):
        yield from value.items()
    elif is_list(value):
        yield from enumerate(value)


def _segments(key: str) -> _Segments:
    """``a.b[].*`` as ``a``, ``b``, ``[]``, ``*``."""
    return tuple(key.replace("[]", ".[]").removeprefix(".").split("."))


def _stands_for(segments: _Segments, path: KeyPath) -> bool:
    return len(segments) == len(path) and all(
        segment == "[]" if isinstance(part, int) else segment in (part, "*")
        for segment, part in zip(segments, path, strict=True)
    )


def _read(path: Path) -> KeyRules:
    document = read_document(path, f"portal/release/changed_keys/{path.name}")
    return validated(KeyRules, document.data, document.where)
