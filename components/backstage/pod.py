"""The pod of a Backstage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.backstage.args import CONFIG_FILE, DATABASE_FOLDER, PORT, SECRETS_FOLDER, BackstageArgs
from components.backstage.wait_for_database import WAIT_FOR_DATABASE
from components.database.connection import DatabaseConnection, ExistingSecret
from components.pods import container_security, placed, pod_security, resources, spread

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        ContainerArgsDict,
        EnvVarArgsDict,
        PodSpecArgsDict,
        ProbeArgsDict,
        VolumeArgsDict,
        VolumeMountArgsDict,
    )

# Migrations of an upgrade run before the first answer; a probe that ends them leaves a lock behind
# (backstage/backstage#24284). 2 s x 300 = 10 minutes.
STARTUP_PERIOD_SECONDS = 2
STARTUP_FAILURES = 300


def backstage_pod(
    args: BackstageArgs, account: pulumi.Input[str], config: pulumi.Input[str], secret: pulumi.Input[str]
) -> PodSpecArgsDict:
    """The pod's spec; ``config`` and ``secret`` are the names of the objects that hold them."""
    temporary: VolumeMountArgsDict = {"name": "tmp", "mount_path": "/tmp"}  # noqa: S108 - a volume of the pod's own
    common: ContainerArgsDict = {
        "name": "backstage",
        "image": args.image,
        "image_pull_policy": "IfNotPresent",
        "env": _environment(args),
        "security_context": container_security(),
        "resources": resources(args.cpu, args.memory, args.cpu_limit, args.memory_limit, disk="2Gi"),
    }
    return {
        **placed(args.placement),
        "service_account_name": account,
        "automount_service_account_token": bool(args.cluster_rules),
        "enable_service_links": False,
        "security_context": pod_security(),
        "termination_grace_period_seconds": args.drain_seconds + 20,
        "topology_spread_constraints": spread(dict(args.pod_labels), required=args.placement.spread_required),
        "volumes": [
            {"name": "config", "config_map": {"name": config, "default_mode": 0o444}},
            {"name": "secrets", "secret": {"secret_name": secret, "default_mode": 0o440}},
            {"name": "tmp", "empty_dir": {"size_limit": "1Gi"}},
            *_kept_elsewhere(args.database),
        ],
        "init_containers": [
            {
                **common,
                "name": "wait-for-database",
                "command": ["node", "--eval", WAIT_FOR_DATABASE],
                "volume_mounts": [temporary],
            }
        ],
        "containers": [
            {
                **common,
                "ports": [{"name": "http", "container_port": PORT}],
                "startup_probe": _probe("readiness", STARTUP_PERIOD_SECONDS, STARTUP_FAILURES),
                "readiness_probe": _probe("readiness", 5, 2),
                "liveness_probe": _probe("liveness", 20, 3),
                "volume_mounts": [
                    {"name": "config", "mount_path": CONFIG_FILE, "sub_path": "app-config.yaml", "read_only": True},
                    {"name": "secrets", "mount_path": SECRETS_FOLDER, "read_only": True},
                    *(
                        {"name": volume["name"], "mount_path": DATABASE_FOLDER, "read_only": True}
                        for volume in _kept_elsewhere(args.database)
                    ),
                    temporary,
                ],
            }
        ],
    }


def _kept_elsewhere(database: DatabaseConnection) -> list[VolumeArgsDict]:
    """The volume with the database's password, where that is in a Secret of somebody else's."""
    if not isinstance(database.password, ExistingSecret):
        return []
    kept = database.password
    return [
        {
            "name": "database",
            "secret": {
                "secret_name": kept.name,
                "default_mode": 0o440,
                "items": [{"key": kept.key, "path": "password"}],
            },
        }
    ]


def _environment(args: BackstageArgs) -> list[EnvVarArgsDict]:
    database = args.database
    return [
        {"name": "NODE_OPTIONS", "value": f"--max-old-space-size={args.heap_mib}"},
        {"name": "PORTAL_DB_HOST", "value": database.host},
        {"name": "PORTAL_DB_PORT", "value": str(database.port)},
        {"name": "PORTAL_DB_USER", "value": database.user},
        {"name": "PORTAL_DB_NAME", "value": database.database},
    ]


def _probe(kind: str, period: int, failures: int) -> ProbeArgsDict:
    return {
        "http_get": {"path": f"/.backstage/health/v1/{kind}", "port": "http"},
        "period_seconds": period,
        "timeout_seconds": 5,
        "failure_threshold": failures,
    }
