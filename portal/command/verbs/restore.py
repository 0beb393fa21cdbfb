"""Put a backup back, or try one out."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from portal.base.age_key import PrivateKey
from portal.base.errors import InputError, SituationError
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json, Stack
from portal.command.running_stack import running_stack
from portal.command.verb import Verb
from portal.deploy.backup_pods import backup_pod, kept_backup
from portal.deploy.drill import drill
from portal.deploy.restore import RunningStack, discard, restore, start_again, undo


class RestoreAnswer(JsonAnswer):
    """`portal restore --json`. If anything fails, the command fails, and everything is as it was."""

    stack: str
    """The stack."""

    backup: str | None = None
    """The backup that was restored or tried; absent with `--undo` and `--discard`."""

    release: str | None = None
    """The release that the stack had when it was made. If that was before a release, the one that was deployed then."""

    rows: int | None = None
    """The rows that were restored and compared."""

    entities: int | None = None
    """With `--drill`: the entities of the catalog after the portal has booted."""

    seconds: float
    """How long it took."""


verb = Verb(answers=(RestoreAnswer,))


@verb.writer()
def restore_backup(  # noqa: PLR0913, PLR0917 - a parameter is an option
    context: typer.Context,
    backup: Annotated[
        str | None,
        typer.Argument(help="A name that `portal backup list` shows, or the path of a .age file. Default: the newest."),
    ] = None,
    stack: Stack = "local",
    key: Annotated[Path | None, typer.Option("--key", help="The file with the private key.")] = None,
    try_out: Annotated[
        bool, typer.Option("--drill", help="Try the backup out beside the running portal, which nothing happens to.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Replace the data of the stack without a question.")] = False,
    leave_stopped: Annotated[
        bool, typer.Option("--leave-stopped", help="To go back to an earlier release: the next `portal up` starts it.")
    ] = False,
    undo_last: Annotated[
        bool, typer.Option("--undo", help="Bring back what the last restore put aside, if it was not finished.")
    ] = False,
    discard_aside: Annotated[
        bool, typer.Option("--discard", help="Delete what the last restore put aside, if it was not finished.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Replace the data of a stack with a backup. What was written since then is lost.

    The command stops the portal, puts the present data aside, restores the backup in one transaction, compares every
    table with what was dumped, runs migrations that the release has and the backup lacks, and starts the portal. If
    anything fails, the data is as it was. The private key stays on this machine.

    With `--drill`, the backup is restored into a database that is thrown away, and a portal boots with it that cannot
    reach anything. The running portal is not touched.

    \b
    portal restore --drill --stack prod --key prod-backup.key
    portal restore 20261128T020000Z --stack prod --key prod-backup.key
    """
    found: Context = context.obj
    _require_one(undo=undo_last, discard=discard_aside, drill=try_out, leave_stopped=leave_stopped, named=backup)
    began, running = time.monotonic(), running_stack(found, stack)
    if undo_last or discard_aside:
        _finish(running, bring_back=undo_last)
        answer = RestoreAnswer(stack=stack, seconds=time.monotonic() - began)
        said = "What was there before is back." if undo_last else "What was put aside is deleted."
    elif try_out:
        done = drill(running.kubectl, running.namespace, stack, backup, _key(key), found.progress)
        tried = done.backup
        answer = RestoreAnswer(
            stack=stack,
            backup=tried.name,
            release=tried.release,
            rows=tried.rows,
            entities=done.entities,
            seconds=time.monotonic() - began,
        )
        said = (
            f"{tried.name} can be restored: {len(tried.tables)} tables with {tried.rows} rows are equal, and the portal"
            f" works with them ({done.seconds:.0f} s)."
        )
    else:
        answer, fits = _restore(found, running, backup, _key(key), yes=yes, start=not leave_stopped)
        said = f"{answer.backup} is restored: {answer.rows} rows, compared with what was dumped."
        if leave_stopped:
            said += (
                f"\nThe portal is stopped. Deploy {fits}, and then delete"
                f" what was there before:\n  portal restore --discard --stack {stack}"
            )
    if as_json:
        found.out.document(shown(answer))
    else:
        found.out.print(said)


def _restore(
    context: Context, running: RunningStack, name: str | None, key: PrivateKey, *, yes: bool, start: bool
) -> tuple[RestoreAnswer, str]:
    """The answer, and the release that fits the backup."""
    began = time.monotonic()
    where = (running.kubectl, running.namespace, running.stack)
    with kept_backup(*where, name) as kept, backup_pod(*where) as pod:
        since = kept.backup.written_since(datetime.now(UTC))
        loss = f"{kept.backup.name} is {since} old: everything that {running.stack} wrote since then will be lost."
        if not yes:
            _require_consent(context, loss)
        context.progress.note(loss)
        restore(running, pod, kept, key, start=start)
    answer = RestoreAnswer(
        stack=running.stack,
        backup=kept.backup.name,
        release=kept.backup.release,
        rows=kept.backup.rows,
        seconds=time.monotonic() - began,
    )
    return answer, kept.backup.fits


def _require_consent(context: Context, loss: str) -> None:
    """Ask on a terminal; refuse elsewhere, as nobody is there to answer."""
    if not context.errors.is_terminal:
        raise SituationError(loss.rstrip("."), "if that is what you want, add --yes")
    context.errors.print(loss)
    typer.confirm("Restore it?", abort=True, err=True)


def _finish(running: RunningStack, *, bring_back: bool) -> None:
    if bring_back:
        undo(running)
        return
    # What works with the new data is to be seen before the old is deleted.
    start_again(running)
    with backup_pod(running.kubectl, running.namespace, running.stack) as pod:
        discard(running, pod)


def _key(file: Path | None) -> PrivateKey:
    if file is None:
        raise InputError(
            where="--key",
            key="",
            got="nothing",
            allowed="the file with the private key that backups are encrypted to",
            fix="add `--key FILE`; `portal backup key` wrote it",
        )
    return PrivateKey(file)


def _require_one(*, undo: bool, discard: bool, drill: bool, leave_stopped: bool, named: str | None) -> None:
    """Options that contradict each other."""
    chosen = [name for name, given in (("--undo", undo), ("--discard", discard), ("--drill", drill)) if given]
    if drill and leave_stopped:
        chosen.append("--leave-stopped")
    if (undo or discard) and named is not None:
        chosen.append("BACKUP")
    if len(chosen) > 1:
        raise InputError(
            where=chosen[1], key="", got=" and ".join(chosen), allowed="one of them", fix=f"leave {chosen[0]} out"
        )
