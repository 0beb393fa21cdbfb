"""Try a backup out: restore it into a database that is thrown away, and boot the portal with it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from portal.base.age_key import PrivateKey
from portal.base.errors import PortalError
from portal.base.progress import Progress
from portal.contract import BACKSTAGE_COMPONENT, BACKUP_WORK, OWN_DATABASE, OWN_ROLE
from portal.deploy.backup_pods import BackupPod, kept_backup
from portal.deploy.backups import Backup
from portal.deploy.command_pod import await_container
from portal.deploy.drill_pod import drill_pod
from portal.kubernetes.kubectl import Kubectl

# For a portal that starts with what was restored.
BOOT_SECONDS = 300.0
# A minute for the server of the drill.
_AWAIT_SERVER = (
    f"tries=0; until [ -e {BACKUP_WORK}/ready ]; do"
    " tries=$((tries + 1)); [ $tries -lt 300 ] || { echo 'the server of the drill does not start' >&2; exit 1; };"
    " sleep 0.2; done"
)
_ENTITIES = ("catalog", "final_entities")


@dataclass(frozen=True)
class Drilled:
    """A backup that was restored and works. ``entities`` is what the catalog has after the portal has started."""

    backup: Backup
    entities: int
    seconds: float


def drill(
    kubectl: Kubectl, namespace: str, stack: str, name: str | None, key: PrivateKey, progress: Progress
) -> Drilled:
    """Restore a backup next to the running portal, compare it, boot it, and ask it what every new pod is asked.

    Nothing that the portal uses is touched. PortalError if anything is not as it was when the backup was made.
    """
    began = time.monotonic()
    with drill_pod(kubectl, namespace, stack) as pod, kept_backup(kubectl, namespace, stack, name) as kept:
        with progress.phase("Start a database for the drill"):
            pod.run("sh", "-c", _AWAIT_SERVER)
        with progress.phase("Decrypt it into the cluster"):
            pod.take(kept, key)
        with progress.phase("Restore and compare"):
            pod.restore("put")
        with progress.phase("Boot the portal with it"):
            pod.run("touch", f"{BACKUP_WORK}/boot")
            await_container(pod, BACKSTAGE_COMPONENT, "ready", BOOT_SECONDS)
        entities = _entities(pod)
        before = kept.backup.rows_of(*_ENTITIES)
        if entities < before:
            raise PortalError(f"the backup has {before} entities, and the portal that booted with it has {entities}")
    return Drilled(kept.backup, entities, time.monotonic() - began)


def _entities(pod: BackupPod) -> int:
    counts = f"SELECT count(*) FROM {'.'.join(_ENTITIES)}"  # noqa: S608 - constants of ours
    where = (f"--host={BACKUP_WORK}", f"--username={OWN_ROLE}", f"--dbname={OWN_DATABASE}")
    return int(pod.run("psql", *where, "--no-psqlrc", "--tuples-only", "--no-align", f"--command={counts}"))
