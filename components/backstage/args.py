"""What a Backstage is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.database.connection import DatabaseConnection
from components.secret_value import SecretValue

PORT = 7007
CONFIG_FILE = "/etc/portal/app-config.yaml"
SECRETS_FOLDER = "/etc/portal/secrets"


@dataclass(frozen=True)
class ClusterRule:
    """One rule of a ClusterRole that a plugin needs."""

    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


@dataclass(frozen=True)
class BackstageArgs:
    """One Backstage.

    ``image`` is by digest. ``app_config`` is the whole file; the secrets that it names as ``$file`` are the keys of
    ``secrets``. ``cluster_rules`` are what its plugins read in the cluster: with none, the pod has no token.
    ``outbound``: whether anything in it calls hosts out there. ``node_port`` absent: a Service inside the cluster only.
    ``heap_mib`` is Node's heap, in MiB; ``drain_seconds`` how long a pod that ends still answers.
    """

    namespace: pulumi.Input[str]
    labels: Mapping[str, str]
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
    outbound: bool = False
    cluster_rules: tuple[ClusterRule, ...] = ()
    cluster_role_name: str = "portal"
