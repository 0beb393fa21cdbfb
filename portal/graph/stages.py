"""The order in which an engine without dependencies of its own has to apply a graph."""

from __future__ import annotations

from collections.abc import Callable, Collection

from portal.graph.model import Graph, Resource

# What a Job waits for until it is ready; other objects are there once they are applied.
_RUNS = frozenset({"Deployment", "StatefulSet"})


def stages(graph: Graph, succeeded: Collection[str] = ()) -> list[list[Resource]]:
    """The Kubernetes objects in stages. Before the next stage, the Jobs of one have succeeded and its pods are ready.

    A new stage begins after a Job, and before a Job that depends on pods. Everything else goes into the first stage
    that it can be in. Nothing waits for the Jobs that have ``succeeded`` before, by the name of their object.
    """
    found: dict[str, int] = {}

    def stage(resource: Resource) -> int:
        if resource.urn not in found:
            needs = (graph.resources[urn] for urn in resource.dependencies if urn in graph.resources)
            waits = _waits_before(resource, succeeded)
            found[resource.urn] = max((stage(one) + waits(one) for one in needs), default=0)
        return found[resource.urn]

    objects = graph.objects()
    last = max((stage(one) for one in objects), default=0)
    return [[one for one in objects if stage(one) == index] for index in range(last + 1)]


def _waits_before(resource: Resource, succeeded: Collection[str]) -> Callable[[Resource], int]:
    """Whether a resource waits for another one that it needs, as a number of stages."""
    runs = _is_job_to_run(resource, succeeded)

    def waits(needed: Resource) -> int:
        return int(_is_job_to_run(needed, succeeded) or (runs and needed.type.rpartition(":")[2] in _RUNS))

    return waits


def _is_job_to_run(resource: Resource, succeeded: Collection[str]) -> bool:
    return resource.type.endswith(":Job") and resource.inputs["metadata"]["name"] not in succeeded
