"""The component: a volume claim that is kept, and a StatefulSet that may be replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet
from pulumi_kubernetes.core.v1 import Service, ServiceAccount
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget

from components.claim import Storage, volume_claim
from components.content_named import immutable_config_map, immutable_secret
from components.database import in_cluster_scripts as scripts
from components.database.connection import DatabaseConnection
from components.metadata import CommonMetadata
from components.pods import (
    ANYWHERE,
    NO_WAIT,
    ROLLOUT_TIMEOUT,
    Scheduling,
    container_security,
    pod_security,
    resources,
    scheduled_spec,
)
from components.secret_value import SecretValue
from portal.contract import COMPONENT_LABEL, DATABASE_COMPONENT, INSTANCE_LABEL, OWN_DATABASE, OWN_ROLE

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        ContainerArgsDict,
        PodSpecArgsDict,
        VolumeArgsDict,
        VolumeMountArgsDict,
    )
    from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

PORT = 5432


@dataclass(frozen=True, kw_only=True)
class InClusterDatabaseArgs:
    """The arguments of the component.

    ``image`` has PostgreSQL 18 and a shell. ``clients`` are the labels of the pods that may connect.
    """

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    image: str
    password: SecretValue
    clients: Sequence[Mapping[str, str]]
    max_connections: int
    storage: Storage
    scheduling: Scheduling = ANYWHERE


class InClusterDatabase(pulumi.ComponentResource):
    """Stateful: one PostgreSQL 18, with its data in a claim of its own.

    The portal's role owns its database and nothing else. Deliberately no replica and no backup: for those, use a
    database service and pass its connection.
    """

    connection: DatabaseConnection

    def __init__(self, name: str, args: InClusterDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:database:InClusterDatabase", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        common = args.metadata.labelled({COMPONENT_LABEL: DATABASE_COMPONENT})
        selector = {key: common.labels[key] for key in (INSTANCE_LABEL, COMPONENT_LABEL)}

        def metadata(physical: str, annotations: Mapping[str, str] | None = None) -> ObjectMetaArgsDict:
            return common.of(physical, args.namespace, annotations)

        claim = volume_claim(f"{name}-data", "database-data", args.namespace, common, args.storage, self)
        account = ServiceAccount(
            f"{name}-account", metadata=metadata("database"), automount_service_account_token=False, opts=child
        )
        files = immutable_config_map("database-files", args.namespace, common, scripts.files(), child)
        secret = immutable_secret("database-password", args.namespace, common, {"password": args.password}, child)
        service = Service(
            f"{name}-service",
            metadata=metadata("database", ROLLOUT_TIMEOUT),
            # Not headless: a name without a ready pod behind it is NXDOMAIN, and DNS servers keep that for 30 seconds
            # (https://coredns.io/plugins/cache).
            spec={
                "selector": selector,
                "ports": [{"name": "postgres", "port": PORT, "target_port": "postgres"}],
            },
            opts=child,
        )
        # What a StatefulSet asks for to name its pods; nobody connects to it. An engine that waited
        # for its endpoints would wait for pods that are made after it.
        pods = Service(
            f"{name}-pods",
            metadata=metadata("database-pods", NO_WAIT),
            spec={
                "cluster_ip": "None",
                "selector": selector,
                "ports": [{"name": "postgres", "port": PORT, "target_port": "postgres"}],
            },
            opts=child,
        )
        NetworkPolicy(
            f"{name}-policy",
            metadata=metadata("database"),
            spec={
                "pod_selector": {"match_labels": selector},
                "policy_types": ["Ingress", "Egress"],
                "ingress": [
                    {
                        "from_": [{"pod_selector": {"match_labels": dict(labels)}} for labels in args.clients],
                        "ports": [{"port": PORT, "protocol": "TCP"}],
                    }
                ],
            },
            opts=child,
        )
        PodDisruptionBudget(
            f"{name}-budget",
            metadata=metadata("database"),
            spec={
                "max_unavailable": 1,
                "unhealthy_pod_eviction_policy": "AlwaysAllow",
                "selector": {"match_labels": selector},
            },
            opts=child,
        )
        StatefulSet(
            f"{name}-server",
            metadata=metadata("database", ROLLOUT_TIMEOUT),
            spec={
                "replicas": 1,
                # In order, a pod that never gets ready is not replaced when its template goes back to one that works
                # (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback).
                "pod_management_policy": "Parallel",
                "service_name": pods.metadata.name,
                "selector": {"match_labels": selector},
                "template": {
                    "metadata": common.of_pod(),
                    "spec": _pod(
                        args, claim.metadata.name, account.metadata.name, files.metadata.name, secret.metadata.name
                    ),
                },
            },
            opts=child,
        )
        self.connection = DatabaseConnection(
            host=service.metadata.name,
            port=PORT,
            database=OWN_DATABASE,
            user=OWN_ROLE,
            credential=args.password,
            pod_labels=selector,
        )
        self.register_outputs({"host": self.connection.host})


def _pod(
    args: InClusterDatabaseArgs,
    claim: pulumi.Input[str],
    account: pulumi.Input[str],
    files: pulumi.Input[str],
    secret: pulumi.Input[str],
) -> PodSpecArgsDict:
    volumes: list[VolumeArgsDict] = [
        {"name": "data", "persistent_volume_claim": {"claim_name": claim}},
        {"name": "files", "config_map": {"name": files, "default_mode": 0o444}},
        {"name": "password", "secret": {"secret_name": secret, "default_mode": 0o440}},
        {"name": "sockets", "empty_dir": {}},
        {"name": "tmp", "empty_dir": {}},
    ]
    mounts: list[VolumeMountArgsDict] = [
        {"name": "data", "mount_path": scripts.DATA},
        {"name": "files", "mount_path": scripts.FILES, "read_only": True},
        {"name": "files", "mount_path": "/etc/passwd", "sub_path": "passwd", "read_only": True},
        {"name": "sockets", "mount_path": scripts.SOCKETS},
        {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108 - a volume of the pod's own
    ]
    password: VolumeMountArgsDict = {
        "name": "password",
        "mount_path": "/run/secrets/portal-database",
        "read_only": True,
    }
    common: ContainerArgsDict = {
        "name": "postgres",
        "image": args.image,
        "image_pull_policy": "IfNotPresent",
        "env": [{"name": "PGDATA", "value": f"{scripts.DATA}/18"}],
        "security_context": container_security(),
        "resources": resources("100m", "256Mi", "1", "512Mi"),
        "volume_mounts": mounts,
    }
    return {
        **scheduled_spec(args.scheduling),
        "service_account_name": account,
        "automount_service_account_token": False,
        "enable_service_links": False,
        "security_context": pod_security(),
        "termination_grace_period_seconds": 60,
        "volumes": volumes,
        "init_containers": [
            {
                **common,
                "name": "prepare",
                "command": ["sh", f"{scripts.FILES}/prepare.sh"],
                "volume_mounts": [*mounts, password],
            }
        ],
        "containers": [
            {
                **common,
                "command": scripts.start_command(args.max_connections),
                "ports": [{"name": "postgres", "container_port": PORT}],
                "readiness_probe": {
                    "exec_": {"command": ["pg_isready", "--host", scripts.SOCKETS, "--username", "postgres"]},
                    "period_seconds": 2,
                    "timeout_seconds": 3,
                },
                "liveness_probe": {
                    "tcp_socket": {"port": "postgres"},
                    "initial_delay_seconds": 10,
                    "period_seconds": 20,
                    "failure_threshold": 6,
                },
            }
        ],
    }
