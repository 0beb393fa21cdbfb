"""The order in which an engine without dependencies of its own has to apply a graph."""

from __future__ import annotations

from portal.graph.model import Graph, Resource

# What a Job waits for until it is ready; other objects are there once they are applied.
_RUNS = frozenset({"Deployment", "StatefulSet"})


def stages(graph: Graph) -> list[list[Resource]]:
    """The Kubernetes objects in stages. Before the next stage, the Jobs of one have succeeded and its pods are ready.

    A new stage begins after a Job, and before a Job that depends on pods. Everything else goes into the first stage
    that it can be in.
    """
    found: dict[str, int] = {}

    def stage(resource: Resource) -> int:
        if resource.urn not in found:
            needs = (graph.resources[urn] for urn in resource.dependencies if urn in graph.resources)
            found[resource.urn] = max((stage(one) + _waits(resource, one) for one in needs), default=0)
        return found[resource.urn]

    objects = graph.objects()
    last = max((stage(one) for one in objects), default=0)
    return [[one for one in objects if stage(one) == index] for index in range(last + 1)]


def _waits(resource: Resource, needed: Resource) -> int:
    kind, other = (one.type.rpartition(":")[2] for one in (resource, needed))
    return int(other == "Job" or (kind == "Job" and other in _RUNS))
