"""Back up a stack's database, and list its backups."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from portal.base.age_key import write_new_key
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json, Stack
from portal.command.running_stack import running_stack
from portal.command.verb import Verb
from portal.deploy.backup_copy import copy_backup
from portal.deploy.backup_now import back_up
from portal.deploy.backup_pods import stored_backups
from portal.deploy.backups import Backup


class BackupAnswer(JsonAnswer):
    """One backup. `portal backup now --json` prints the one that it made."""

    name: str
    """Its name: the time at which it was made, and `-before` if it was made before a release, or `-hand`."""

    at: str
    """When it was made."""

    reason: str
    """`schedule`, `release`, or `hand` for `portal backup now`."""

    release: str
    """The release that the stack had then. With the reason `release`, the one that was deployed afterwards."""

    tables: int
    """How many tables it has."""

    rows: int
    """How many rows all of them have."""

    encrypted_bytes: int
    """The size of the encrypted file."""


class BackupsAnswer(JsonAnswer):
    """`portal backup list --json`."""

    stack: str
    """The stack."""

    backups: tuple[BackupAnswer, ...]
    """Its backups, newest first."""


class BackupCopyAnswer(JsonAnswer):
    """`portal backup copy --json`."""

    file: str
    """The encrypted file. Its list is beside it."""


class BackupKeyAnswer(JsonAnswer):
    """`portal backup key --json`."""

    file: str
    """The file with the private key."""

    public_key: str
    """The public key, for `portal:backup` in the stack's file."""


verb = Verb(answers=(BackupAnswer, BackupsAnswer, BackupCopyAnswer, BackupKeyAnswer), group_help=__doc__)


@verb.command("key")
def backup_key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file for the private key. It must not exist.")],
    as_json: Json = False,
) -> None:
    """Make a pair of keys. Prints the public one, which goes into the stack's file.

    The private key opens every backup. Keep it where the cluster cannot read it, such as a password manager; without
    it, no backup can be restored. The format is that of `age`, so other programs can use it too.

    \b
    portal backup key prod-backup.key
    """
    found: Context = context.obj
    public = write_new_key(file)
    if as_json:
        found.out.document(shown(BackupKeyAnswer(file=str(file), public_key=public)))
        return
    found.out.print(f"Wrote {file}: keep it in a safe place, and not in Git. In the stack's file:")
    found.out.print(f"  portal:backup:\n    publicKey: {public}")


@verb.command("now")
def backup_now(context: typer.Context, stack: Stack = "local", as_json: Json = False) -> None:
    """Make a backup now, and wait until it is stored.

    \b
    portal backup now --stack prod
    """
    found: Context = context.obj
    running = running_stack(found, stack)
    made = back_up(running.kubectl, running.namespace, stack, found.progress)
    if as_json:
        found.out.document(shown(_answer(made)))
    else:
        found.out.print(f"{made.name}: {len(made.tables)} tables, {made.rows} rows, {_size(made)}.")


@verb.command("list")
def backup_list(context: typer.Context, stack: Stack = "local", as_json: Json = False) -> None:
    """List the backups of a stack, newest first. Starts a pod for a few seconds that reads them.

    \b
    portal backup list --stack prod
    portal backup list --stack prod --json | jq -r '.backups[0].at'
    """
    found: Context = context.obj
    running = running_stack(found, stack)
    with stored_backups(running.kubectl, running.namespace, stack) as stored:
        backups = stored.backups()
    if as_json:
        answers = tuple(_answer(one) for one in backups)
        found.out.document(shown(BackupsAnswer(stack=stack, backups=answers)))
    elif not backups:
        found.out.print(f"{stack} has no backup yet. `portal backup now --stack {stack}` makes one.")
    else:
        found.show(_table(backups))


@verb.command("copy")
def backup_copy(
    context: typer.Context,
    backup: Annotated[str | None, typer.Argument(help="The name of a backup. Default: the newest one.")] = None,
    to: Annotated[Path, typer.Option("--to", help="The folder for the two files.")] = Path(),
    stack: Stack = "local",
    as_json: Json = False,
) -> None:
    """Copy a backup to this machine, encrypted as it is. `portal restore NAME.age` restores from there.

    \b
    portal backup copy --stack prod --to ~/backups
    portal backup copy 20261128T020000Z --stack prod --to ~/backups
    """
    found: Context = context.obj
    running = running_stack(found, stack)
    with found.progress.phase("Copy the backup"):
        file = copy_backup(running.kubectl, running.namespace, stack, backup, to)
    if as_json:
        found.out.document(shown(BackupCopyAnswer(file=str(file))))
    else:
        found.out.print(f"Copied {file} and {file.with_suffix('.json').name}.")


def _answer(backup: Backup) -> BackupAnswer:
    return BackupAnswer(
        name=backup.name,
        at=backup.at.isoformat(),
        reason=backup.reason,
        release=backup.release,
        tables=len(backup.tables),
        rows=backup.rows,
        encrypted_bytes=backup.dump.encrypted_bytes,
    )


def _table(backups: tuple[Backup, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("name", "age", "release", "rows", "size"):
        table.add_column(title, no_wrap=True)
    now = datetime.now(UTC)
    for one in backups:
        table.add_row(one.name, one.written_since(now), one.fits, str(one.rows), _size(one))
    return table


def _size(backup: Backup) -> str:
    return f"{backup.dump.encrypted_bytes / 1e6:.1f} MB"
