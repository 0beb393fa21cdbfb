"""Where the parts of a portal are built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.metadata import CommonMetadata
from stacks.load import Deployment


@dataclass(frozen=True)
class InNamespace:
    """What the database and the entry of a portal are built with.

    ``pod_labels`` are the labels of the portal's pods, ``migration_labels`` those of the pods that migrate the
    database, and ``clients`` those of all pods that the database lets in. ``opts`` have the cluster's provider.
    """

    deployment: Deployment
    namespace: pulumi.Output[str]
    metadata: CommonMetadata
    pod_labels: Mapping[str, str]
    migration_labels: Mapping[str, str]
    clients: Sequence[Mapping[str, str]]
    opts: pulumi.ResourceOptions
