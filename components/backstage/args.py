"""The arguments of the component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from components.database.connection import DatabaseConnection
from components.metadata import CommonMetadata
from components.pods import ANYWHERE, Scheduling
from components.secret_value import SecretValue
from portal.contract import DRAIN_SECONDS

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import EnvVarArgsDict
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict, NetworkPolicyPeerArgsDict


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Requests and limits of a pod. ``heap_mib`` is Node's heap in MiB, within the memory limit."""

    cpu: str
    memory: str
    cpu_limit: str
    memory_limit: str
    heap_mib: int


@dataclass(frozen=True, kw_only=True)
class Autoscale:
    """Between ``least`` and ``most`` pods. ``cpu_percent`` is the target CPU use in percent of the request."""

    least: int
    most: int
    cpu_percent: int


@dataclass(frozen=True, kw_only=True)
class Turnover:
    """How pods replace each other.

    A pod that ends still answers for ``drain_seconds``. A new one counts when it has been ready for
    ``min_ready_seconds``: who sends requests may notice later than Kubernetes.
    """

    drain_seconds: int = DRAIN_SECONDS
    min_ready_seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class Network:
    """What can reach the pods, and what they can reach.

    ``senders`` are the peers that send requests. Without any, nothing in the cluster reaches the pods: a port that
    kubectl forwards passes no policy. ``outbound_ports`` are those of hosts outside the cluster that it calls,
    ``egress`` what it may reach besides; ``dns`` are as in :func:`components.network_rules.to_dns`. Without a
    ``node_port`` its Service is inside the cluster only. ``turnover`` is how those who send requests get to know of it.
    """

    senders: Sequence[NetworkPolicyPeerArgsDict] = ()
    node_port: int | None = None
    outbound_ports: tuple[int, ...] = ()
    egress: Sequence[NetworkPolicyEgressRuleArgsDict] = ()
    dns: Sequence[str] = ()
    turnover: Turnover = Turnover()


@dataclass(frozen=True, kw_only=True)
class AccessRule:
    """What a plugin may do with objects of the cluster: everywhere, or only in ``namespaces``."""

    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The rights of the pods in the cluster. Without ``rules``, they have no token, and there is no role.

    ``role_name`` is that of the roles and their bindings. It has to be unique in the whole cluster.
    """

    role_name: str = "portal"
    rules: tuple[AccessRule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Start:
    """What pods start with. ``app_config`` is the whole file.

    ``questions`` are what each pod asks itself before it gets requests. ``after`` is what has to succeed before pods
    start. ``migrates``: there are plugins that migrate the database when they start. ``environment`` are more
    variables, none of them secret.
    """

    app_config: str
    questions: Mapping[str, Any]
    after: Sequence[pulumi.Resource] = ()
    migrates: bool = False
    environment: Sequence[EnvVarArgsDict] = ()


@dataclass(frozen=True, kw_only=True)
class BackstageArgs:
    """One Backstage.

    ``image`` is by digest. The secrets that app-config names as ``$file`` are the keys of ``secrets``. ``replicas`` is
    their number, or an autoscaler's range. Selectors are made of ``pod_labels``.
    """

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    pod_labels: Mapping[str, str]
    image: str
    start: Start
    secrets: Mapping[str, SecretValue]
    database: DatabaseConnection
    resources: Resources
    replicas: int | Autoscale = 1
    network: Network = Network()
    identity: Identity = Identity()
    scheduling: Scheduling = ANYWHERE
