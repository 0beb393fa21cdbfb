"""The pod of a Backstage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.backstage.args import (
    AUTHORITY_FILE,
    CONFIG_FILE,
    DATABASE_FOLDER,
    END_FILE,
    PORT,
    SECRETS_FOLDER,
    TURN_FILE,
    WAIT_FILE,
    BackstageArgs,
)
from components.database.connection import ExistingSecret
from components.pods import container_security, placed, pod_security, resources, spread

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        EnvVarArgsDict,
        PodSpecArgsDict,
        ProbeArgsDict,
        VolumeArgsDict,
        VolumeMountArgsDict,
    )

# Migrations of an upgrade run before the first answer; a probe that ends them leaves a lock behind
# (backstage/backstage#24284). 1 s x 600 = 10 minutes.
STARTUP_PERIOD_SECONDS = 1
STARTUP_FAILURES = 600

# Where clients look for the credentials of the pod's own account
# (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod).
TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
TOKEN_SECONDS = 3600


def backstage_pod(
    args: BackstageArgs, account: pulumi.Input[str], config: pulumi.Input[str], secret: pulumi.Input[str]
) -> PodSpecArgsDict:
    """The pod's spec; ``config`` and ``secret`` are the names of the objects that hold them."""
    volumes: list[VolumeArgsDict] = [
        {"name": "config", "config_map": {"name": config, "default_mode": 0o444}},
        {"name": "secrets", "secret": {"secret_name": secret, "default_mode": 0o440}},
        {"name": "tmp", "empty_dir": {"size_limit": "1Gi"}},
    ]
    mounts: list[VolumeMountArgsDict] = [
        *(_file(path) for path in (CONFIG_FILE, END_FILE, TURN_FILE, WAIT_FILE)),
        {"name": "secrets", "mount_path": SECRETS_FOLDER, "read_only": True},
        {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108 - a volume of the pod's own
    ]
    if args.database.authority is not None:
        mounts.append(_file(AUTHORITY_FILE))
    if isinstance(args.database.password, ExistingSecret):
        volumes.append(_kept_elsewhere(args.database.password))
        mounts.append({"name": "database", "mount_path": DATABASE_FOLDER, "read_only": True})
    if args.cluster_rules:
        volumes.append(_token())
        mounts.append({"name": "token", "mount_path": TOKEN_FOLDER, "read_only": True})
    return {
        **placed(args.placement),
        "service_account_name": account,
        # Mounted automatically, every container of the pod would have it.
        "automount_service_account_token": False,
        "enable_service_links": False,
        "security_context": pod_security(),
        "termination_grace_period_seconds": args.drain_seconds + 20,
        "topology_spread_constraints": spread(dict(args.pod_labels), required=args.placement.spread_required),
        "volumes": volumes,
        "containers": [
            {
                "name": "backstage",
                "image": args.image,
                "image_pull_policy": "IfNotPresent",
                # In the same process: a container before it would take a second of every start.
                "command": [
                    "node",
                    *(word for path in (WAIT_FILE, TURN_FILE, END_FILE) for word in ("--import", f"file://{path}")),
                    "packages/backend",
                ],
                "args": ["--config", CONFIG_FILE],
                "env": _environment(args),
                "security_context": container_security(),
                "resources": resources(args.cpu, args.memory, args.cpu_limit, args.memory_limit, disk="2Gi"),
                "ports": [{"name": "http", "container_port": PORT}],
                "startup_probe": _probe("readiness", STARTUP_PERIOD_SECONDS, STARTUP_FAILURES),
                "readiness_probe": _probe("readiness", 5, 2),
                "liveness_probe": _probe("liveness", 20, 3),
                "volume_mounts": mounts,
            }
        ],
    }


def _file(path: str) -> VolumeMountArgsDict:
    """A file of the ConfigMap that holds what Backstage starts from."""
    return {"name": "config", "mount_path": path, "sub_path": path.rpartition("/")[2], "read_only": True}


def _kept_elsewhere(kept: ExistingSecret) -> VolumeArgsDict:
    """The volume with the database's password from a Secret of somebody else's."""
    return {
        "name": "database",
        "secret": {
            "secret_name": kept.name,
            "default_mode": 0o440,
            "items": [{"key": kept.key, "path": "password"}],
        },
    }


def _token() -> VolumeArgsDict:
    """The account's token, the API server's authority and the namespace: what an automatic mount holds."""
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
    tls: list[EnvVarArgsDict] = [{"name": "PORTAL_DB_TLS", "value": "verify"}] if database.tls else []
    if database.authority is not None:
        tls.append({"name": "PORTAL_DB_AUTHORITY", "value": AUTHORITY_FILE})
    return [
        {"name": "NODE_OPTIONS", "value": f"--max-old-space-size={args.heap_mib}"},
        {"name": "PORTAL_DB_HOST", "value": database.host},
        {"name": "PORTAL_DB_PORT", "value": str(database.port)},
        {"name": "PORTAL_DB_USER", "value": database.user},
        {"name": "PORTAL_DB_NAME", "value": database.database},
        {
            "name": "PORTAL_DB_PASSWORD_FILE",
            "value": f"{DATABASE_FOLDER}/password" if kept else f"{SECRETS_FOLDER}/DATABASE_PASSWORD",
        },
        *tls,
    ]


def _probe(kind: str, period: int, failures: int) -> ProbeArgsDict:
    return {
        "http_get": {"path": f"/.backstage/health/v1/{kind}", "port": "http"},
        "period_seconds": period,
        "timeout_seconds": 5,
        "failure_threshold": failures,
    }
