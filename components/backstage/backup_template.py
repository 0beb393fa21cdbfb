"""The pod that makes a backup: it dumps with the database's client, and then encrypts and stores with Node."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.backstage.backup_age import AGE
from components.backstage.backup_args import BackupArgs
from components.backstage.backup_drill import DRILL
from components.backstage.backup_dump import (
    CONNECT,
    CONNECT_FILE,
    CONTENT,
    CONTENT_FILE,
    DUMP,
    DUMP_FILE,
    SNAPSHOT,
    SNAPSHOT_FILE,
)
from components.backstage.backup_place import PLACE_FILE, BuiltPlace
from components.backstage.backup_read import READ
from components.backstage.backup_restore import RESTORE
from components.backstage.backup_store import STORE
from components.backstage.database_access import database_environment, database_files
from components.database.in_cluster_scripts import PASSWD
from components.gate_job import Mounted
from components.metadata import CommonMetadata
from components.pods import container_security, pod_security, resources, scheduled_spec
from portal.contract import (
    BACKUP_DRILL_FILE,
    BACKUP_DUMP,
    BACKUP_FILES_VOLUME,
    BACKUP_READ_FILE,
    BACKUP_REASON,
    BACKUP_RESTORE_FILE,
    BACKUP_SETTINGS_FILE,
    BACKUP_STORE,
    BACKUP_TMP_VOLUME,
    BACKUP_WORK,
    BACKUP_WORK_VOLUME,
    DATABASE_AUTHORITY,
    PORTAL_FOLDER,
)

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        ContainerArgsDict,
        PodSpecArgsDict,
        PodTemplateSpecArgsDict,
        VolumeMountArgsDict,
    )

# Which containers do not get the identity of the service account
# (https://github.com/aws/amazon-eks-pod-identity-webhook#pod-annotations).
_SKIPPED_ANNOTATION = "eks.amazonaws.com/skip-containers"
_AUTHORITIES_FILE = f"{BACKUP_WORK}/authorities.pem"
_WRITE_AUTHORITIES = (
    f"require('node:fs').writeFileSync('{_AUTHORITIES_FILE}', require('node:tls').rootCertificates.join('\\n') + '\\n')"
)
# What the pods run, by path, whatever the place is.
SCRIPTS = {
    CONNECT_FILE: CONNECT,
    DUMP_FILE: DUMP,
    SNAPSHOT_FILE: SNAPSHOT,
    CONTENT_FILE: CONTENT,
    BACKUP_RESTORE_FILE: RESTORE,
    BACKUP_DRILL_FILE: DRILL,
    f"{PORTAL_FOLDER}/age.mjs": AGE,
    f"{PORTAL_FOLDER}/store.mjs": STORE,
    BACKUP_READ_FILE: READ,
}


@dataclass(frozen=True, kw_only=True)
class BackupMounts:
    """What the pods mount: the place, the name of the ConfigMap with the files, their mounts, and the password."""

    place: BuiltPlace
    files: pulumi.Input[str]
    mounts: Sequence[VolumeMountArgsDict]
    password: Mounted


def backup_files(args: BackupArgs, place: BuiltPlace) -> dict[str, str]:
    """All files by path."""
    rule = args.choice.kept
    kept = {"daily": rule.daily, "weekly": rule.weekly, "releases": rule.releases, "byHand": rule.by_hand}
    settings = {
        "stack": args.stack,
        "release": args.release,
        "publicKey": args.choice.public_key,
        "keep": kept,
        "place": dict(place.settings),
    }
    return {
        **SCRIPTS,
        PLACE_FILE: place.script,
        **place.files,
        BACKUP_SETTINGS_FILE: json.dumps(settings, indent=1, sort_keys=True),
        # PostgreSQL's programs ask the system for the name of their user.
        "/etc/passwd": PASSWD,
        **database_files(args.database),
    }


def backup_template(
    args: BackupArgs, common: CommonMetadata, mounted: BackupMounts, reason: str
) -> PodTemplateSpecArgsDict:
    """The pod: it dumps with the database's client, and then encrypts and stores with Node, which the portal has."""
    work: VolumeMountArgsDict = {"name": BACKUP_WORK_VOLUME, "mount_path": BACKUP_WORK}
    tmp: VolumeMountArgsDict = {"name": BACKUP_TMP_VOLUME, "mount_path": "/tmp"}  # noqa: S108 - a volume of the pod's own
    size, place = args.choice.work_size, mounted.place
    common_part: ContainerArgsDict = {
        "name": "",
        "image_pull_policy": "IfNotPresent",
        "security_context": container_security(),
        "resources": resources("50m", "128Mi", "1", "512Mi", size),
    }
    # A client's image may have no public authorities; Node has them built in.
    authorities: ContainerArgsDict = {
        **common_part,
        "name": "authorities",
        "image": args.image,
        "command": ["node", "--eval", _WRITE_AUTHORITIES],
        "volume_mounts": [work, tmp],
    }
    public = args.database.tls and args.database.authority is None
    environment = database_environment(args.database)
    if public:
        environment.append({"name": DATABASE_AUTHORITY, "value": _AUTHORITIES_FILE})
    dump: ContainerArgsDict = {
        **common_part,
        "name": BACKUP_DUMP,
        "image": args.client_image,
        "command": ["sh", DUMP_FILE],
        "env": environment,
        "volume_mounts": [*mounted.mounts, work, tmp, *mounted.password.mounts],
    }
    store: ContainerArgsDict = {
        **common_part,
        "name": BACKUP_STORE,
        "image": args.image,
        "command": ["node", f"{PORTAL_FOLDER}/store.mjs"],
        "env": [{"name": BACKUP_REASON, "value": reason}, *place.environment],
        "volume_mounts": [*mounted.mounts, work, tmp, *place.mounted.mounts],
    }
    spec: PodSpecArgsDict = {
        **scheduled_spec(args.scheduling),
        # A pod that failed stays, so that its log can be read.
        "restart_policy": "Never",
        "automount_service_account_token": False,
        "enable_service_links": False,
        "security_context": pod_security(),
        "volumes": [
            {"name": BACKUP_FILES_VOLUME, "config_map": {"name": mounted.files, "default_mode": 0o444}},
            # One dump that is not encrypted, for as long as the pod runs.
            {"name": BACKUP_WORK_VOLUME, "empty_dir": {"size_limit": size}},
            {"name": BACKUP_TMP_VOLUME, "empty_dir": {}},
            *mounted.password.volumes,
            *place.mounted.volumes,
        ],
        "init_containers": [*([authorities] if public else []), dump],
        "containers": [store],
    }
    if place.service_account is None:
        return {"metadata": common.of_pod(), "spec": spec}
    spec["service_account_name"] = place.service_account
    others = ",".join(str(one["name"]) for one in (authorities, dump))
    return {"metadata": common.of_pod({_SKIPPED_ANNOTATION: others}), "spec": spec}
