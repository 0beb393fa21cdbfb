"""The component: the place where backups are kept, a CronJob, and a Job before each release."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes.batch.v1 import CronJob
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from components.backstage.backup_args import BackupArgs
from components.backstage.backup_store import SCHEDULED_LIMIT_SECONDS
from components.backstage.backup_template import BackupMounts, backup_files, backup_template
from components.backstage.database_access import database_egress
from components.backstage.database_password import mounted_password
from components.content_named import immutable_config_map
from components.gate_job import Limits, awaited_job, known_at_preview
from components.mounted_files import by_name, file_mounts
from components.network_rules import to_dns
from portal.base.content_name import content_name
from portal.contract import (
    BACKUP,
    BACKUP_BEFORE_RELEASE,
    BACKUP_FILES_VOLUME,
    BACKUP_OF_SCHEDULE,
)

# For all tries together. 10,000 entities take 10 s; a deployment waits no longer than for migrations.
LIMIT_SECONDS = 600
RETRIES = 2
# A schedule that was missed for longer, as the cluster was down, is left out
# (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline).
LATE_SECONDS = 3600


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
        texts = backup_files(args, place)
        files = immutable_config_map("backup-files", args.namespace, common, by_name(texts), child)
        policy = NetworkPolicy(
            f"{name}-policy",
            metadata=common.of(BACKUP, args.namespace),
            spec={
                "pod_selector": {"match_labels": dict(args.labels)},
                "policy_types": ["Ingress", "Egress"],
                "egress": [to_dns(args.dns), *database_egress(args.database), *place.egress],
            },
            opts=child,
        )
        password = mounted_password("backup-secrets", args.namespace, args.database, common, child)
        mounted = BackupMounts(
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
                        "template": backup_template(args, common, mounted, BACKUP_OF_SCHEDULE),
                    },
                },
            },
            opts=child,
        )
        template = backup_template(args, common, mounted, BACKUP_BEFORE_RELEASE)
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
