"""The labels and annotations of every object of a portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pulumi
    from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict


@dataclass(frozen=True, kw_only=True)
class CommonMetadata:
    """Labels and annotations of every object and pod. Selectors do not use them, as selectors can never change."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])

    def labelled(self, labels: Mapping[str, str]) -> CommonMetadata:
        """The same, with more labels."""
        return replace(self, labels={**self.labels, **labels})

    def of(
        self,
        name: pulumi.Input[str],
        namespace: pulumi.Input[str] | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> ObjectMetaArgsDict:
        """The metadata of one object. Without a ``namespace``, the object belongs to the cluster."""
        metadata: ObjectMetaArgsDict = {"name": name, **self.of_pod(annotations)}
        if namespace is not None:
            metadata["namespace"] = namespace
        return metadata

    def of_pod(self, annotations: Mapping[str, str] | None = None) -> ObjectMetaArgsDict:
        """The metadata of a pod's template."""
        metadata: ObjectMetaArgsDict = {"labels": dict(self.labels)}
        together = {**self.annotations, **(annotations or {})}
        if together:
            metadata["annotations"] = together
        return metadata
