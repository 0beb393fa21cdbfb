"""The chain of resources that decides how long a stack takes to create.

It only reads a graph and adds up times. It assumes that Pulumi makes everything at once that waits for nothing, and
that there is nothing yet: an update of one resource takes less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from portal.base.creation_time import CreationTime
from portal.graph.creation_times import creation_time
from portal.graph.model import Graph, Resource

Times = Callable[[Resource], CreationTime]


@dataclass(frozen=True)
class Step:
    """One resource of a chain. It begins when the step before it has ended. Times are in seconds."""

    resource: Resource
    begins: int
    time: CreationTime

    @property
    def ends(self) -> int:
        """When what waits for it can begin."""
        return self.begins + self.time.seconds


@dataclass(frozen=True)
class Chain:
    """Resources that wait for each other, from the first to the last. Components are left out, as they take no time."""

    steps: tuple[Step, ...]

    @property
    def seconds(self) -> int:
        """When the last one is there."""
        return self.steps[-1].ends if self.steps else 0


@dataclass(frozen=True)
class CriticalPath:
    """The longest chain of a graph, and the longest one that waits for nothing on it.

    However short the first one gets, the stack takes as long as the ``independent`` one, which has no steps if
    everything that takes time waits for the first. Both may begin with the same provider, which takes none.
    """

    longest: Chain
    independent: Chain


def critical_path(graph: Graph, times: Times = creation_time) -> CriticalPath:
    """The chains of a graph. The same graph gives the same chains: of equally long ones, the first by URN."""
    waits = waits_for(graph)
    order = [*TopologicalSorter(waits).static_order()]
    steps: dict[str, Step] = {}
    for urn in order:
        begins = max((steps[other].ends for other in waits[urn]), default=0)
        steps[urn] = Step(graph.resources[urn], begins, times(graph.resources[urn]))
    longest = _chain_to_last(steps, waits, set(order))
    taken = {step.resource.urn for step in longest.steps if step.time.seconds}
    for urn in order:
        if not taken.isdisjoint(waits[urn]):
            taken.add(urn)
    return CriticalPath(longest, _chain_to_last(steps, waits, set(order) - taken))


def waits_for(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """The URNs that each resource waits for before it is made, sorted.

    These are what it depends on, the resources whose outputs are its inputs, its provider, and its parent. Whoever
    depends on a component waits for all that is in it, but its children wait only until it has its name
    (https://www.pulumi.com/docs/iac/concepts/resources/options/dependson).
    """
    inside = _inside(graph)

    def needs(resource: Resource) -> set[str]:
        named = {*resource.dependencies, *(urn for urns in resource.property_dependencies.values() for urn in urns)}
        for urn in tuple(named):
            if resource.urn not in inside.get(urn, ()):
                named |= inside.get(urn, set())
        return ({*named, resource.parent, resource.provider} & graph.resources.keys()) - {resource.urn}

    return {resource.urn: tuple(sorted(needs(resource))) for resource in graph}


def _inside(graph: Graph) -> Mapping[str, set[str]]:
    """The URNs of all that is in each component, in its components too."""
    found: dict[str, set[str]] = {one.urn: set() for one in graph if not one.custom}
    for resource in graph:
        parent = resource.parent
        while parent in graph.resources:
            found.get(parent, set()).add(resource.urn)
            parent = graph.resources[parent].parent
    return found


def _chain_to_last(steps: Mapping[str, Step], waits: Mapping[str, tuple[str, ...]], among: set[str]) -> Chain:
    """The chain that ends last among these resources."""
    found: list[Step] = []
    candidates = sorted(among)
    while candidates:
        # Of those that end at the same time, one that takes time or can be seen: a component explains nothing.
        last = max(candidates, key=lambda urn: (steps[urn].ends, steps[urn].resource.custom))
        found.append(steps[last])
        candidates = [urn for urn in waits[last] if urn in among]
    shown = tuple(step for step in reversed(found) if step.resource.custom)
    return Chain(shown if any(step.time.seconds for step in shown) else ())
