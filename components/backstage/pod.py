"""The pod of Backstage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.backstage.args import BackstageArgs
from components.backstage.javascript import DATABASE_AUTHORITY, DATABASE_PASSWORD_PATH, DATABASE_TLS
from components.backstage.start import AUTHORITY_FILE, START_MODULES, file_name
from components.database.connection import ExistingSecret
from components.pods import container_security, pod_security, resources, scheduled_spec, spread
from portal.base.pod_environment import literal
from portal.contract import (
    CONFIG_FILE,
    DATABASE_FOLDER,
    DATABASE_HOST,
    DATABASE_NAME,
    DATABASE_PASSWORD,
    DATABASE_PASSWORD_FILE,
    DATABASE_PORT,
    DATABASE_USER,
    DRAIN_SECONDS,
    HEALTH_PATH,
    PORT,
    SECRETS_FOLDER,
    TOKEN_FOLDER,
)

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        EnvVarArgsDict,
        PodSpecArgsDict,
        ProbeArgsDict,
        VolumeArgsDict,
        VolumeMountArgsDict,
    )

# An upgrade's migrations run before the first answer. A probe that stops them leaves a lock behind
# (backstage/backstage#24284). 1 s x 600 = 10 minutes.
STARTUP_PERIOD_SECONDS = 1
STARTUP_FAILURES = 600

# After the last request, for what Backstage has to close.
STOP_SECONDS = 20

TOKEN_SECONDS = 3600


def backstage_pod(
    args: BackstageArgs, account: pulumi.Input[str], config: pulumi.Input[str], secret: pulumi.Input[str]
) -> PodSpecArgsDict:
    """The pod's spec. ``config`` and ``secret`` are the names of the objects with these."""
    reserved = args.resources
    volumes: list[VolumeArgsDict] = [
        {"name": "config", "config_map": {"name": config, "default_mode": 0o444}},
        {"name": "secrets", "secret": {"secret_name": secret, "default_mode": 0o440}},
        {"name": "tmp", "empty_dir": {"size_limit": "1Gi"}},
    ]
    mounts: list[VolumeMountArgsDict] = [
        *(_file(path) for path in sorted((CONFIG_FILE, *START_MODULES))),
        {"name": "secrets", "mount_path": SECRETS_FOLDER, "read_only": True},
        {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108 - a volume of the pod's own
    ]
    if args.database.authority is not None:
        mounts.append(_file(AUTHORITY_FILE))
    if isinstance(args.database.password, ExistingSecret):
        volumes.append(_kept_elsewhere(args.database.password))
        mounts.append({"name": "database", "mount_path": DATABASE_FOLDER, "read_only": True})
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
        "termination_grace_period_seconds": DRAIN_SECONDS + STOP_SECONDS,
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
                    *(word for path in START_MODULES for word in ("--import", f"file://{path}")),
                    "packages/backend",
                ],
                "args": ["--config", CONFIG_FILE],
                "env": _environment(args),
                "security_context": container_security(),
                "resources": resources(
                    reserved.cpu, reserved.memory, reserved.cpu_limit, reserved.memory_limit, disk="2Gi"
                ),
                "ports": [{"name": "http", "container_port": PORT}],
                "startup_probe": _probe("readiness", STARTUP_PERIOD_SECONDS, STARTUP_FAILURES),
                "readiness_probe": _probe("readiness", 5, 2),
                "liveness_probe": _probe("liveness", 20, 3),
                "volume_mounts": mounts,
            }
        ],
    }


def _file(path: str) -> VolumeMountArgsDict:
    """The mount of one file from the ConfigMap that Backstage starts from."""
    return {"name": "config", "mount_path": path, "sub_path": file_name(path), "read_only": True}


def _kept_elsewhere(kept: ExistingSecret) -> VolumeArgsDict:
    """The volume with the database's password from an existing Secret."""
    return {
        "name": "database",
        "secret": {
            "secret_name": kept.name,
            "default_mode": 0o440,
            "items": [{"key": kept.key, "path": file_name(DATABASE_PASSWORD_FILE)}],
        },
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


def _environment(args: BackstageArgs) -> list[EnvVarArgsDict]:
    database = args.database
    kept = isinstance(database.password, ExistingSecret)
    tls: list[EnvVarArgsDict] = [{"name": DATABASE_TLS, "value": "verify"}] if database.tls else []
    if database.authority is not None:
        tls.append({"name": DATABASE_AUTHORITY, "value": AUTHORITY_FILE})
    return [
        {"name": "NODE_OPTIONS", "value": f"--max-old-space-size={args.resources.heap_mib}"},
        {"name": DATABASE_HOST, "value": database.host},
        {"name": DATABASE_PORT, "value": str(database.port)},
        {"name": DATABASE_USER, "value": literal(database.user)},
        {"name": DATABASE_NAME, "value": literal(database.database)},
        {
            "name": DATABASE_PASSWORD_PATH,
            "value": DATABASE_PASSWORD_FILE if kept else f"{SECRETS_FOLDER}/{DATABASE_PASSWORD}",
        },
        *tls,
    ]


def _probe(kind: str, period: int, failures: int) -> ProbeArgsDict:
    return {
        "http_get": {"path": f"{HEALTH_PATH}/{kind}", "port": "http"},
        "period_seconds": period,
        "timeout_seconds": 5,
        "failure_threshold": failures,
    }
