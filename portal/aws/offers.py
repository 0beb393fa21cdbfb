"""What RDS for PostgreSQL offers: versions of the engine, and instance classes by region.

The lists are as old as their source. What is newer than they are is not refused: a region that they do not have, a
family of classes that we did not copy, and a version above the newest one are ``None``, which means "not known".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from portal.aws.facts import OFFERS, facts
from portal.base.errors import closest

_VERSION = re.compile(r"([1-9][0-9]?)(?:\.([0-9]{1,2}))?")
_CLASS = re.compile(r"db\.([a-z0-9]+)\.([a-z0-9]+)")


def regions() -> tuple[str, ...]:
    """The regions that are known, sorted. AWS may have more by now."""
    return tuple(sorted(_classes()))


def closest_region(text: str) -> str | None:
    """The region that a misspelled one most likely stands for."""
    return next(iter(closest(text, regions())), None)


def versions() -> tuple[str, ...]:
    """The versions that new databases may have, from the oldest to the newest."""
    return tuple(facts(OFFERS)["versions"])


def is_version_offered(version: str) -> bool | None:
    """Whether a new database can have a version: whole (``18.4``), or a major alone (``18``). None if it is newer."""
    read = _numbers(version)
    if read is None:
        return False
    known = [_numbers(one) or (0, 0) for one in versions()]
    newest_minors = dict(known)
    if read[0] > max(newest_minors) or read[1] > newest_minors.get(read[0], 99):
        return None
    return version in versions() or (read[1] < 0 and read[0] in newest_minors)


def closest_version(version: str) -> str:
    """The version to write in place of one that is not offered: the newest of the same major, or of all."""
    read = _numbers(version)
    same = [one for one in versions() if read is not None and one.partition(".")[0] == str(read[0])]
    return (same or versions())[-1]


def is_class_offered(region: str, instance_class: str) -> bool | None:
    """Whether a region offers an instance class. None if the region or the class's family is not in the lists."""
    found = _CLASS.fullmatch(instance_class)
    if found is None:
        return False
    families = _classes().get(region)
    if families is None or found[1] not in facts(OFFERS)["families"]:
        return None
    return found[2] in families.get(found[1], "").split()


def offered_classes(region: str) -> tuple[str, ...]:
    """The classes that a region offers, of the families that are known here."""
    return tuple(
        f"db.{family}.{size}" for family, sizes in _classes().get(region, {}).items() for size in sizes.split()
    )


def closest_class(region: str, instance_class: str) -> str | None:
    """The class to write in place of one that a region does not offer: best of the same kind and size."""
    offered = offered_classes(region)
    kind, size = instance_class[: len("db.m")], instance_class.rpartition(".")[2]
    same_size = [one for one in offered if one.rpartition(".")[2] == size]
    same_kind = [one for one in same_size if one.startswith(kind)]
    return next(iter(closest(instance_class, same_kind or same_size or offered, cutoff=0)), None)


def _numbers(version: str) -> tuple[int, int] | None:
    """Major and minor. The minor is -1 where only the major is given."""
    found = _VERSION.fullmatch(version)
    return (int(found[1]), int(found[2] or -1)) if found is not None else None


def _classes() -> Mapping[str, Mapping[str, str]]:
    return facts(OFFERS)["classes"]
