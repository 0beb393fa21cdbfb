"""Where the parts of a portal are built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.metadata import CommonMetadata
from portal.models.aws.place import Aws
from stacks.load import Deployment


@dataclass(frozen=True)
class InAws:
    """Where in AWS the parts of a portal are built.

    ``key`` encrypts everything. ``path`` is that of all roles, and ``label`` begins the names of all resources.
    ``keep``: a destroy leaves the data. ``opts`` have the account's provider.
    """

    chosen: Aws
    key: pulumi.Input[str]
    path: str
    label: str
    keep: bool
    opts: pulumi.ResourceOptions

    def named(self, part: str) -> str:
        """The logical name of a part of the portal. Pulumi begins the physical names with it."""
        return f"{self.label}-{part}"


@dataclass(frozen=True)
class InNamespace:
    """What the database and the entry of a portal are built with.

    ``pod_labels`` are the labels of the portal's pods, ``migration_labels`` those of the pods that migrate the
    database, and ``clients`` those of all pods that the database lets in. ``opts`` have the cluster's provider.
    ``dns`` are networks of a DNS that no pod serves. ``aws`` is where in AWS the portal is, if it is there.
    """

    deployment: Deployment
    namespace: pulumi.Output[str]
    metadata: CommonMetadata
    pod_labels: Mapping[str, str]
    migration_labels: Mapping[str, str]
    clients: Sequence[Mapping[str, str]]
    opts: pulumi.ResourceOptions
    dns: Sequence[str] = ()
    aws: InAws | None = None
