"""The time that a resource of a graph is assumed to take. It asks nobody and measures nothing."""

from __future__ import annotations

from dataclasses import replace

from portal.base.creation_time import CreationTime
from portal.base.json_types import is_mapping
from portal.graph.model import Resource
from portal.graph.provider import provider_of

# Pulumi does not wait for an object that says so.
_NO_WAIT = "pulumi.com/skipAwait"
_COMPONENT = CreationTime(seconds=0, basis="assumed", source="a component is only a name for what is in it")
_PROVIDER = CreationTime(seconds=0, basis="assumed", source="a provider makes nothing: it reads its settings")


def creation_time(resource: Resource) -> CreationTime:
    """The time of a resource's type, as its provider's table has it for these inputs."""
    if not resource.custom:
        return _COMPONENT
    provider = provider_of(resource.type)
    if provider is None:
        return _PROVIDER
    times = provider.times
    if _is_not_awaited(resource):
        return times.other
    fitting = (one for one in times.slow.get(resource.type, ()) if _has(resource, one))
    found = next(fitting, times.other)
    return replace(found, seconds=found.seconds + _seconds_in(resource, found.input_seconds))


def _has(resource: Resource, time: CreationTime) -> bool:
    return all(resource.inputs.get(key) == value for key, value in time.given.items())


def _is_not_awaited(resource: Resource) -> bool:
    metadata = resource.inputs.get("metadata")
    annotations = metadata.get("annotations") if is_mapping(metadata) else None
    return is_mapping(annotations) and annotations.get(_NO_WAIT) == "true"


def _seconds_in(resource: Resource, path: tuple[str, ...]) -> int:
    """The number at a path of the inputs; 0 without a path, without the input, or if nobody knows it yet."""
    if not path:
        return 0
    value: object = resource.inputs
    for key in path:
        value = value.get(key) if is_mapping(value) else None
    return int(value) if isinstance(value, (int, float)) else 0
