"""Copy a backup from where a stack keeps it to this machine, as it is: encrypted."""

from __future__ import annotations

from pathlib import Path

from portal.base.errors import PortalError, SituationError
from portal.base.files import made_whole
from portal.base.process import saved
from portal.deploy.backup_pods import stored_backups
from portal.deploy.backups import chosen_backup
from portal.kubernetes.kubectl import Kubectl


def copy_backup(kubectl: Kubectl, namespace: str, stack: str, name: str | None, folder: Path) -> Path:
    """Copy the two files of a backup, the newest without a name. Returns the encrypted one.

    Its list comes last: without it, a file is no backup. PortalError if not all of it arrived.
    """
    if folder.exists() and not folder.is_dir():
        raise SituationError(f"{folder} is not a folder", "name a folder with --to")
    with stored_backups(kubectl, namespace, stack) as stored:
        backup = chosen_backup(name, stored.backups(), stack)
        encrypted, listed = (folder / f"{backup.name}.{kind}" for kind in ("age", "json"))
        with made_whole(encrypted) as partial:
            saved(stored.reading(encrypted.name), partial)
            arrived = partial.stat().st_size
            if arrived != backup.dump.encrypted_bytes:
                raise PortalError(f"only {arrived} of {backup.dump.encrypted_bytes} bytes of {encrypted.name} arrived")
        with made_whole(listed) as partial:
            saved(stored.reading(listed.name), partial)
    return encrypted
