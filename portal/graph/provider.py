"""What the recorder and the policies know about a provider. Neither of them starts the provider's plugin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from portal.base.creation_time import CreationTime, CreationTimes
from portal.base.errors import PortalError
from portal.graph import providers

# In a table: every type that has no entry of its own.
ANY_TYPE = "*"

_PROVIDER_TYPE = "pulumi:providers:"
_UNKNOWN_TIMES = CreationTimes(
    slow={}, other=CreationTime(seconds=5, basis="assumed", source="nothing is known about this provider")
)


@dataclass(frozen=True)
class Provider:
    """A provider, described by tables. Keys are resource types, such as ``kubernetes:core/v1:Secret``.

    ``computed``: the outputs that only the provider knows, each with its placeholder after a deployment. A dot leads
    into an output, as in ``metadata.uid``. ``kept``: the types that hold data, each with the inputs that keep it,
    besides ``protect`` and ``retain_on_delete``. ``secret``: the types that may hold secrets, each with the inputs
    that hold them. Such an input is secret as a whole. A dot leads into an input, and into each entry of a list.
    ``times``: how long the types take until they are there.
    """

    computed: Mapping[str, Mapping[str, Any]]
    kept: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    secret: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    times: CreationTimes = _UNKNOWN_TIMES


def provider_of(resource_type: str) -> Provider | None:
    """The provider of a resource type. None for components, and for providers themselves."""
    if resource_type.startswith(_PROVIDER_TYPE):
        return None
    name = f"{providers.__name__}.{resource_type.partition(':')[0].replace('-', '_')}"
    if find_spec(name) is None:
        return None
    found: Provider = import_module(name).PROVIDER
    return found


def computed_outputs(resource_type: str) -> Mapping[str, Any]:
    """The outputs that a provider adds to a resource.

    A type that is in no table is an error. Without its outputs, the recording would differ from what an engine makes.
    """
    if resource_type.startswith(_PROVIDER_TYPE):
        return {}
    provider = provider_of(resource_type)
    package = resource_type.partition(":")[0]
    if provider is None:
        raise PortalError(f"it is not known what {resource_type} computes. Add portal/graph/providers/{package}.py.")
    computed = provider.computed.get(resource_type, provider.computed.get(ANY_TYPE))
    if computed is None:
        raise PortalError(
            f"portal/graph/providers/{package}.py does not say what {resource_type} computes. Add it there."
        )
    return computed
