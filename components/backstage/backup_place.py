"""Where backups are kept, as the container that stores them sees it. There is one module for each kind of place.

``place.mjs`` is the place's JavaScript module. The programs that store and read backups know no place but through it:

``list()``
    The files, each with its ``age`` in milliseconds.
``write(file, pieces)``
    Writes all pieces, and returns how many bytes they were. There is no file before all of it is there.
``read(file)``
    A stream of its content.
``remove(file)``
    Deletes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pulumi

from components.gate_job import NOTHING_MOUNTED, Mounted
from components.metadata import CommonMetadata
from portal.contract import PORTAL_FOLDER

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import EnvVarArgsDict
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict

PLACE_FILE = f"{PORTAL_FOLDER}/place.mjs"


@dataclass(frozen=True, kw_only=True)
class BuiltPlace:
    """What the pods get of a place. ``settings`` are for its module, and none of them is secret.

    ``files`` are for all pods, by path. The rest is for the container that stores.
    """

    script: str
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    mounted: Mounted = NOTHING_MOUNTED
    egress: Sequence[NetworkPolicyEgressRuleArgsDict] = ()
    service_account: pulumi.Input[str] | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    environment: Sequence[EnvVarArgsDict] = ()


class BackupPlace(Protocol):
    """A place that a stack chose."""

    def build(
        self, name: str, namespace: pulumi.Input[str], metadata: CommonMetadata, parent: pulumi.Resource
    ) -> BuiltPlace:
        """Make what it needs. ``name`` is that of the component."""
        ...
