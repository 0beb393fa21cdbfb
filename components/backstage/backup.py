"""The component: the place where backups are kept, a CronJob, and a Job before each release."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.batch.v1 import CronJob
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from components.backstage.backup_age import AGE
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
from components.backstage.backup_place import PLACE_FILE, BackupPlace, BuiltPlace
from components.backstage.backup_read import READ
from components.backstage.backup_restore import RESTORE
from components.backstage.backup_store import SCHEDULED_LIMIT_SECONDS, STORE
from components.backstage.database_access import database_environment, database_files, to_database
from components.backstage.database_password import mounted_password
from components.content_named import immutable_config_map
from components.database.connection import DatabaseConnection
from components.database.in_cluster_scripts import PASSWD
from components.gate_job import Limits, Mounted, awaited_job, known_at_preview
from components.metadata import CommonMetadata
from components.mounted_files import by_name, file_mounts
from components.network_rules import to_dns
from components.pods import ANYWHERE, Scheduling, container_security, pod_security, resources, scheduled_spec
from portal.base.content_name import content_name
from portal.contract import (
    BACKUP,
    BACKUP_BEFORE_RELEASE,
    BACKUP_DRILL_FILE,
    BACKUP_DUMP,
    BACKUP_FILES_VOLUME,
    BACKUP_OF_SCHEDULE,
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

# For all tries together. 10,000 entities take 10 s; a deployment waits no longer than for migrations.
LIMIT_SECONDS = 600
RETRIES = 2
# A schedule that was missed for longer, as the cluster was down, is left out
# (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline).
LATE_SECONDS = 3600
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
class Kept:
    """How many backups stay: the newest of so many days and weeks, and the newest made before a release and by hand."""

    daily: int
    weekly: int
    releases: int
    by_hand: int


@dataclass(frozen=True, kw_only=True)
class BackupChoice:
    """When backups are made, and where they stay. ``public_key`` is one of age, ``schedule`` a cron line in UTC.

    ``work_size`` is how much of its node's disk a pod may use for one dump.
    """

    public_key: str
    schedule: str
    kept: Kept
    place: BackupPlace
    work_size: str


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """The arguments of the component.

    ``labels`` are those of its pods, which the database lets in. ``client_image`` has PostgreSQL's clients, and
    ``image`` is the portal's. The Job before a release runs anew if ``identity`` changes: what the deployment migrates.
    """

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    labels: Mapping[str, str]
    client_image: str
    image: str
    database: DatabaseConnection
    choice: BackupChoice
    stack: str
    release: str
    identity: tuple[str, ...] = ()
    scheduling: Scheduling = ANYWHERE


class Backup(pulumi.ComponentResource):
    """Stateful: the place with the backups. Its pods know the database's password, and a public key.

    Deliberately not the private key: whoever takes the cluster over cannot read old backups.
    """

    before_release: pulumi.Resource

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:backstage:Backup", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        common = args.metadata.labelled(args.labels)
        place = args.choice.place.build(name, args.namespace, common, self)
        texts = _files(args, place)
        files = immutable_config_map("backup-files", args.namespace, common, by_name(texts), child)
        policy = NetworkPolicy(
            f"{name}-policy",
            metadata=common.of(BACKUP, args.namespace),
            spec={
                "pod_selector": {"match_labels": dict(args.labels)},
                "policy_types": ["Ingress", "Egress"],
                "egress": [to_dns(), to_database(args.database), *place.egress],
            },
            opts=child,
        )
        password = mounted_password("backup-secrets", args.namespace, args.database, common, child)
        mounted = _Mounted(
            place=place,
            files=files.metadata.name,
            mounts=file_mounts(BACKUP_FILES_VOLUME, texts),
            password=password,
        )
        CronJob(
            f"{name}-schedule",
            metadata=common.of(BACKUP, args.namespace),
            spec={
                "schedule": args.choice.schedule,
                "time_zone": "Etc/UTC",
                # Two at once would write to one volume, and each read the whole database.
                "concurrency_policy": "Forbid",
                "starting_deadline_seconds": LATE_SECONDS,
                "successful_jobs_history_limit": 1,
                "failed_jobs_history_limit": 3,
                # Its Jobs have none of the stack's labels: they are Kubernetes' to delete, and no deployment's.
                "job_template": {
                    "spec": {
                        "backoff_limit": RETRIES,
                        "active_deadline_seconds": SCHEDULED_LIMIT_SECONDS,
                        "template": _template(args, common, mounted, BACKUP_OF_SCHEDULE),
                    },
                },
            },
            opts=child,
        )
        template = _template(args, common, mounted, BACKUP_BEFORE_RELEASE)
        fingerprints = (*password.fingerprints, *place.mounted.fingerprints)
        content = [known_at_preview(template), texts, *fingerprints, *args.identity]
        self.before_release = awaited_job(
            content_name("backup", content),
            args.namespace,
            common,
            template,
            Limits(seconds=LIMIT_SECONDS, retries=RETRIES),
            pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[policy])),
        )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class _Mounted:
    """What the pods mount: the place, the name of the ConfigMap with the files, their mounts, and the password."""

    place: BuiltPlace
    files: pulumi.Input[str]
    mounts: Sequence[VolumeMountArgsDict]
    password: Mounted


def _files(args: BackupArgs, place: BuiltPlace) -> dict[str, str]:
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


def _template(args: BackupArgs, common: CommonMetadata, mounted: _Mounted, reason: str) -> PodTemplateSpecArgsDict:
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
