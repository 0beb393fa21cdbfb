"""What a Backstage is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.database.connection import DatabaseConnection
from components.metadata import CommonMetadata
from components.pods import ANYWHERE, Placement
from components.secret_value import SecretValue

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict

PORT = 7007
CONFIG_FILE = "/etc/portal/app-config.yaml"
SECRETS_FOLDER = "/etc/portal/secrets"
DATABASE_FOLDER = "/etc/portal/database"
WAIT_FILE = "/etc/portal/wait-for-database.mjs"
END_FILE = "/etc/portal/end-if-start-fails.mjs"
TURN_FILE = "/etc/portal/take-turns.mjs"
AUTHORITY_FILE = "/etc/portal/database-authority.pem"


@dataclass(frozen=True)
class ClusterRule:
    """One rule of a ClusterRole that a plugin needs."""

    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


@dataclass(frozen=True)
class Autoscale:
    """Between ``least`` and ``most`` pods, by the average CPU in percent of what a pod reserves."""

    least: int
    most: int
    cpu_percent: int


@dataclass(frozen=True)
class BackstageArgs:
    """One Backstage.

    ``image`` is by digest. ``app_config`` is the whole file; the secrets that it names as ``$file`` are the keys of
    ``secrets``. ``cluster_rules`` are what its plugins read in the cluster: with none, the pod has no token.
    ``outbound_ports`` are those of hosts out there that it calls, ``egress`` is what it may reach besides.
    ``autoscale`` takes the place of ``replicas``. ``node_port`` absent: a Service inside the cluster only. ``heap_mib``
    is Node's heap, in MiB; ``drain_seconds`` how long a pod that ends still answers.
    """

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    pod_labels: Mapping[str, str]
    image: str
    app_config: str
    secrets: Mapping[str, SecretValue]
    database: DatabaseConnection
    heap_mib: int
    cpu: str
    memory: str
    cpu_limit: str
    memory_limit: str
    drain_seconds: int
    replicas: int = 1
    node_port: int | None = None
    outbound_ports: tuple[int, ...] = ()
    egress: Sequence[NetworkPolicyEgressRuleArgsDict] = ()
    autoscale: Autoscale | None = None
    placement: Placement = ANYWHERE
    cluster_rules: tuple[ClusterRule, ...] = ()
    cluster_role_name: str = "portal"
