"""The model of a recorded graph, which tests, policies, and pictures read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SECRET = "[secret]"  # noqa: S105 - what stands in place of one
UNKNOWN = "[unknown]"

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Resource:
    """One resource, as the program registered it.

    ``inputs`` have :data:`SECRET` and :data:`UNKNOWN` in place of such values. ``secret`` and ``unknown`` are their
    paths. ``dependencies`` are URNs. ``property_dependencies`` are the URNs of single inputs.
    """

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    provider: str
    inputs: Mapping[str, Any]
    secret: frozenset[Path] = frozenset()
    unknown: frozenset[Path] = frozenset()
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    protect: bool = False
    retain_on_delete: bool = False

    @property
    def is_kubernetes(self) -> bool:
        """Whether it is a Kubernetes object."""
        return self.type.startswith("kubernetes:")

    @property
    def is_provider(self) -> bool:
        """Whether it is a provider."""
        return self.type.startswith("pulumi:providers:")


@dataclass(frozen=True)
class Graph:
    """All resources of a stack by URN, in the same order in every run, and the stack's outputs."""

    stack: str
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Any]

    def __iter__(self) -> Iterator[Resource]:
        """The resources, by URN."""
        return iter(self.resources.values())

    def objects(self) -> list[Resource]:
        """The Kubernetes objects."""
        return [resource for resource in self if resource.is_kubernetes]

    def of_kind(self, kind: str) -> list[Resource]:
        """The Kubernetes objects of a kind, such as ``Deployment``."""
        return [resource for resource in self.objects() if resource.type.rsplit(":", 1)[-1] == kind]
