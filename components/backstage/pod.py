"""The pod of Backstage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.backstage.args import BackstageArgs
from components.backstage.database_access import database_environment
from components.backstage.database_credential import credential_use
from components.backstage.start import start_files, start_modules
from components.mounted_files import file_mounts
from components.pods import container_security, pod_security, resources, scheduled_spec, spread
from portal.contract import (
    CONFIG_FILE,
    HEALTH_PATH,
    PORT,
    SECRETS_FOLDER,
    TOKEN_FOLDER,
    VERIFIED_PATH,
    VERIFIED_PORT,
)

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        PodSpecArgsDict,
        ProbeArgsDict,
        VolumeArgsDict,
        VolumeMountArgsDict,
    )

# How long a pod may take to start, in seconds: 7 s on an idle machine. One that hangs ends soon enough for a deployment
# to notice it within two minutes.
STARTUP_SECONDS = 90
# Where plugins migrate when they start, that takes as long as it takes: a probe that stops a migration leaves a lock
# behind (backstage/backstage#24284).
MIGRATION_SECONDS = 600

# After the last request, for what Backstage has to close.
STOP_SECONDS = 20

TOKEN_SECONDS = 3600


def backstage_pod(
    args: BackstageArgs, account: pulumi.Input[str], config: pulumi.Input[str], secret: pulumi.Input[str]
) -> PodSpecArgsDict:
    """The pod's spec. ``config`` and ``secret`` are the names of the objects with these."""
    reserved = args.resources
    credential = credential_use(args.database.credential)
    files = start_files(args.start, args.database)
    modules = start_modules(migrates=args.start.migrates)
    volumes: list[VolumeArgsDict] = [
        {"name": "config", "config_map": {"name": config, "default_mode": 0o444}},
        {"name": "secrets", "secret": {"secret_name": secret, "default_mode": 0o440}},
        {"name": "tmp", "empty_dir": {"size_limit": "1Gi"}},
        *credential.volumes,
    ]
    mounts: list[VolumeMountArgsDict] = [
        *file_mounts("config", files),
        {"name": "secrets", "mount_path": SECRETS_FOLDER, "read_only": True},
        {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108 - a volume of the pod's own
        *credential.mounts,
    ]
    if args.identity.rules:
        volumes.append(_token())
        mounts.append({"name": "token", "mount_path": TOKEN_FOLDER, "read_only": True})
    return {
        **scheduled_spec(args.scheduling),
        "service_account_name": account,
        # If it were mounted automatically, every container of the pod would have it.
        "automount_service_account_token": False,
        "enable_service_links": False,
        "security_context": pod_security(),
        "termination_grace_period_seconds": args.network.turnover.drain_seconds + STOP_SECONDS,
        "topology_spread_constraints": spread(dict(args.pod_labels), required=args.scheduling.spread_required),
        "volumes": volumes,
        "containers": [
            {
                "name": "backstage",
                "image": args.image,
                "image_pull_policy": "IfNotPresent",
                # In the same process: a container before it would take a second of every start.
                "command": [
                    "node",
                    *(word for path in modules for word in ("--import", f"file://{path}")),
                    "packages/backend",
                ],
                "args": ["--config", CONFIG_FILE],
                "env": [
                    {"name": "NODE_OPTIONS", "value": f"--max-old-space-size={args.resources.heap_mib}"},
                    *database_environment(args.database),
                    *args.start.environment,
                ],
                "security_context": container_security(),
                "resources": resources(
                    reserved.cpu, reserved.memory, reserved.cpu_limit, reserved.memory_limit, disk="2Gi"
                ),
                "ports": [{"name": "http", "container_port": PORT}],
                "startup_probe": {
                    "http_get": {"path": VERIFIED_PATH, "port": VERIFIED_PORT},
                    "period_seconds": 1,
                    "timeout_seconds": 5,
                    "failure_threshold": MIGRATION_SECONDS if args.start.migrates else STARTUP_SECONDS,
                },
                "readiness_probe": _probe("readiness", 5, 2),
                "liveness_probe": _probe("liveness", 20, 3),
                "volume_mounts": mounts,
            }
        ],
    }


def _token() -> VolumeArgsDict:
    """The volume that an automatic mount would have: token, certificate authority and namespace."""
    return {
        "name": "token",
        "projected": {
            "default_mode": 0o440,
            "sources": [
                {"service_account_token": {"path": "token", "expiration_seconds": TOKEN_SECONDS}},
                {"config_map": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {
                    "downward_api": {
                        "items": [{"path": "namespace", "field_ref": {"field_path": "metadata.namespace"}}],
                    }
                },
            ],
        },
    }


def _probe(kind: str, period: int, failures: int) -> ProbeArgsDict:
    return {
        "http_get": {"path": f"{HEALTH_PATH}/{kind}", "port": "http"},
        "period_seconds": period,
        "timeout_seconds": 5,
        "failure_threshold": failures,
    }
