"""What Ingress and route have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.metadata import CommonMetadata


@dataclass(frozen=True, kw_only=True)
class HostArgs:
    """One host with all its paths, and the Service that answers. ``annotations`` are for the controller."""

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    host: str
    service: pulumi.Input[str]
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
