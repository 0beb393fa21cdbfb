"""A stack's graph, from what an engine tells a policy pack.

It tells every resource's inputs before it makes the resource, and at the end, of all resources, what they depend on and
what came out. Rules judge what a program asks for, so what came out is left aside: the outputs of a security group hold
rules that are resources of their own, and those of every resource hold what its provider adds.

It does not tell whether a resource is retained on a destroy. So that counts as kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from portal.graph.model import Graph, Resource
from portal.graph.wire import Read

_ROOT_TYPE = "pulumi:pulumi:Stack"
_PROVIDER_TYPE = "pulumi:providers:"


@dataclass(frozen=True, kw_only=True)
class Links:
    """What a resource belongs to and depends on: URNs."""

    urn: str
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def registered(*, urn: str, kind: str, name: str, provider: str, protect: bool, inputs: Mapping[str, Any]) -> Resource:
    """A resource, still without links. ``inputs`` are those on the wire; no secret of theirs is in it."""
    read = Read()
    return Resource(
        urn=urn,
        type=kind,
        name=name,
        parent="",
        custom=bool(provider) or kind.startswith(_PROVIDER_TYPE),
        provider="" if _is_default(provider) else provider,
        inputs=read.plain(inputs),
        secret=frozenset(read.secret),
        unknown=frozenset(read.unknown),
        protect=protect,
        retain_on_delete=True,
    )


def engine_graph(stack: str, resources: Mapping[str, Resource], links: Iterable[Links]) -> Graph:
    """The graph of the resources that a program registered, each with its links.

    The engine also lists resources that are only in the stack's state, because a target left them out. The program says
    nothing about them, so no rule judges them.
    """
    found = {
        one.urn: replace(
            resources[one.urn],
            parent=one.parent,
            dependencies=tuple(sorted(one.dependencies)),
            property_dependencies={
                key: tuple(sorted(urns)) for key, urns in sorted(one.property_dependencies.items()) if urns
            },
        )
        for one in links
        if one.urn in resources and resources[one.urn].type != _ROOT_TYPE
    }
    return Graph(stack, dict(sorted(found.items())), {})


def _is_default(provider: str) -> bool:
    """Whether the engine made a provider by itself, as the program names none: ``default``, or with a version.

    Source: pulumi/pulumi sdk/go/common/providers/reference.go
    """
    name = provider.rsplit("::", 1)[-1]
    return name == "default" or name.startswith("default_")
