"""The account and the region that resources are made in, and whose they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from policies.control import Control
from portal.base.json_types import is_mapping
from portal.graph.model import UNKNOWN, Graph, Resource

_PROVIDER = "pulumi:providers:aws"


def _providers(graph: Graph) -> Iterator[Resource]:
    return (one for one in graph if one.type == _PROVIDER)


def _given(provider: Resource, name: str) -> Any:  # noqa: ANN401 - JSON in
    """An input of a provider. Those that are not texts stand in it as JSON."""
    found = provider.inputs.get(name)
    if not isinstance(found, str) or found == UNKNOWN:
        return found
    try:
        return json.loads(found)
    except ValueError:
        return found


def _tagged(graph: Graph) -> Iterator[str]:
    for provider in _providers(graph):
        found = _given(provider, "defaultTags")
        if found != UNKNOWN and not (is_mapping(found) and found.get("tags")):
            yield f"{provider.name}: what it makes does not say whose it is, as it has no default tags"


def _one_account(graph: Graph) -> Iterator[str]:
    for provider in _providers(graph):
        if not _given(provider, "allowedAccountIds"):
            yield f"{provider.name}: would deploy to whatever account the credentials are of"


def _one_region(graph: Graph) -> Iterator[str]:
    for provider in _providers(graph):
        if not provider.inputs.get("region"):
            yield f"{provider.name}: would deploy to whatever region the environment names"


def _no_other_region(graph: Graph) -> Iterator[str]:
    for resource in graph:
        region = resource.inputs.get("region")
        if not resource.type.startswith("aws:") or region in (None, UNKNOWN):
            continue
        # Under an engine, pulumi-aws has written the provider's region into every resource
        # (pulumi/pulumi-aws provider/region.go).
        provider = graph.resources.get(resource.provider)
        if provider is None or provider.inputs.get("region") not in (region, UNKNOWN):
            yield f"{resource.name}: has a region of its own, and the provider's is the stack's"


CONTROLS = (
    Control(title="Everything is tagged by the provider", check=_tagged),
    Control(title="Only one account is deployed to", check=_one_account),
    Control(title="Only one region is deployed to", check=_one_region),
    Control(title="No resource is in another region", check=_no_other_region),
)
