"""How rules read the resources of AWS in a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from policies.control import Rule
from portal.base.json_types import is_mapping
from portal.graph.model import UNKNOWN, Graph, Resource


def of_type(graph: Graph, *types: str) -> list[Resource]:
    """The resources of types such as ``rds/instance:Instance``."""
    wanted = {f"aws:{one}" for one in types}
    return [resource for resource in graph if resource.type in wanted]


def value(resource: Resource, *path: str) -> Any:  # noqa: ANN401 - an input of any type
    """An input: None if it is not given, and unknown if any step to it is."""
    found: Any = resource.inputs
    for key in path:
        if found == UNKNOWN:
            return found
        found = found.get(key) if is_mapping(found) else None
    return found


def linked(graph: Graph, to: Resource, place: str, *types: str) -> list[Resource]:
    """The resources of some types whose input ``place`` is made from an output of another resource.

    It holds before a deployment too, when the value itself is unknown.
    """
    return [one for one in of_type(graph, *types) if to.urn in one.property_dependencies.get(place, ())]


def require(kind: str, path: str, accepts: Callable[[Any], bool], sentence: str) -> Rule:
    """A rule for one input of a type. A dot in ``path`` leads into an input."""
    keys = path.split(".")

    def check(graph: Graph) -> Iterator[str]:
        for resource in of_type(graph, kind):
            found = value(resource, *keys)
            if found != UNKNOWN and not accepts(found):
                yield f"{resource.name}: {sentence}"

    return check


def require_part(kind: str, part: str, place: str, sentence: str) -> Rule:
    """A rule for a type that needs another resource, which names it in its input ``place``."""

    def check(graph: Graph) -> Iterator[str]:
        for resource in of_type(graph, kind):
            if not linked(graph, resource, place, part):
                yield f"{resource.name}: {sentence}"

    return check


def require_in_part(kind: str, part: str, path: str, accepts: Callable[[Any], bool], sentence: str) -> Rule:
    """A rule for one input of what stands beside a bucket or another resource. The part itself has to be there too."""
    place, *keys = path.split(".")

    def check(graph: Graph) -> Iterator[str]:
        for resource in of_type(graph, kind):
            found = [value(one, *keys) for one in linked(graph, resource, place, part)]
            if not any(one == UNKNOWN or accepts(one) for one in found):
                yield f"{resource.name}: {sentence}"

    return check


def is_true(found: object) -> bool:
    """Whether an input is switched on."""
    return found is True


def is_given(found: object) -> bool:
    """Whether an input is there, and not empty."""
    return bool(found)


def has(*wanted: str) -> Callable[[Any], bool]:
    """Whether a list holds all of some entries."""
    return lambda found: UNKNOWN in (found or ()) or set(wanted) <= set(found or ())
