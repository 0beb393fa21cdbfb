"""Which changed inputs replace a resource of AWS, by its type in pulumi-aws.

CloudFormation's table, in Pulumi's names (:mod:`portal.aws.replaced_inputs`). A type that is not in that map is not
known: nothing is said of it, so a preview may call "changed" what AWS replaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from portal.aws.facts import CREATE_ONLY, facts
from portal.aws.replaced_inputs import TYPES, Counterpart

InputPath = tuple[str | int, ...]

# Whose name can be given by its beginning, as far as Pulumi has that input. It cannot be changed either.
_WITH_PREFIX = ("name", "identifier")


def replaces(resource_type: str, path: InputPath) -> bool:
    """Whether a change of the input at ``path`` replaces a resource of a type. False for types that are not known."""
    return any(path[: len(one)] == one for one in replacing_inputs(resource_type))


@cache
def replacing_inputs(resource_type: str) -> frozenset[InputPath]:
    """The inputs of a type whose change replaces the resource. None for a type that is not known."""
    known = TYPES.get(resource_type)
    return frozenset(_inputs(known)) if known is not None else frozenset()


def _inputs(known: Counterpart) -> Iterator[InputPath]:
    for one in (*_translated(known), *known.also):
        yield tuple(one.split("."))
        if one in _WITH_PREFIX:
            yield (f"{one}Prefix",)


def _translated(known: Counterpart) -> Iterator[str]:
    for one in facts(CREATE_ONLY)["types"].get(known.cfn, ()):
        if one not in {*known.absent, *known.in_place}:
            named = known.names.get(one, _small(one))
            yield from (named,) if isinstance(named, str) else named


def _small(path: str) -> str:
    return ".".join(f"{part[:1].lower()}{part[1:]}" for part in path.split("/"))
