"""Take a release back in one stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError
from portal.base.files import write_whole
from portal.base.yaml_document import Value
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json, require_line
from portal.command.verb import Verb
from portal.deploy.refusal_of_program import refusal_of_program
from portal.models.promotion import RolledBack
from portal.models.stack import StackSettings
from portal.release.bundle import kept_releases, read_bundle
from portal.release.release import WORKSPACE
from portal.release.signature import require_signed
from portal.release.way_back import WayBack, way_back
from portal.stack.settings import parse_settings
from portal.stackfile.edit import REMOVED, KeyPath, Removed, edited
from portal.stackfile.generated import checked_configuration
from portal.stackfile.pointer import Pointer, pointer_of
from portal.stackfile.pointer_history import PointedTo, pointers_of
from portal.stackfile.read import StackFile, read_stack_file

HELD = "portal:rolledBack"


class RollbackAnswer(JsonAnswer):
    """`portal rollback --json`. If the way back is blocked, the command fails and changes nothing."""

    stack: str
    """The stack."""

    taken_back: str | None = None
    """The release that the stack refuses from now on; with `--lift`, the one that it accepts again. Absent if only the
    program was taken back."""

    release: str
    """The release that the stack's file points to."""

    program: str | None = None
    """The commit of the code that deploys it; absent if that is the code of the checkout."""

    migrations: tuple[str, ...] = ()
    """The database migrations that stay in the database."""


verb = Verb(answers=(RollbackAnswer,))


@verb.writer(brief=True)
def rollback(
    context: typer.Context,
    stack: Annotated[str, typer.Argument(help="The stack: stacks/Pulumi.<stack>.yaml.")],
    to: Annotated[
        str | None, typer.Option("--to", help="The release to go back to. Default: the one before, according to Git.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why. It is recorded.")] = "no reason given",
    lift: Annotated[
        str | None, typer.Option("--lift", metavar="RELEASE", help="Accept a release again that was taken back.")
    ] = None,
    restored: Annotated[
        bool, typer.Option("--restored", help="The database was restored from a backup of the earlier release.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Go back to the release and the program before, and refuse the present release from now on.

    The command changes the stack's file, and deploys nothing. Commit the file and run `portal up`. Database migrations
    that the earlier release works with stay in the database. If there is one that it does not work with, the command
    stops, and says what restoring a backup would lose. With `--restored`, it does not look at migrations: if the
    database has any that the earlier release does not know, the `migrate` Job refuses it.

    The release stays refused in this stack until you lift it.

    \b
    portal rollback prod --reason "search answers 500"
    portal rollback prod --to r-4f0c2a91b7de
    portal rollback prod --lift r-90b1d4c3aa05
    """
    found: Context = context.obj
    file = read_stack_file(found.checkout, stack)
    # What stands in the file has to fit before anything is added to it.
    settings = parse_settings(*checked_configuration(found.checkout, file), file.where)
    require_line("--reason", reason)
    answer = (
        _lift(file, settings.rolled_back, lift)
        if lift is not None
        else _back(found, file, settings, to, reason, restored=restored)
    )
    if as_json:
        found.out.document(shown(answer))
    elif lift is not None:
        found.out.print(f"{stack} accepts {lift} again. Commit stacks/Pulumi.{stack}.yaml.")
    else:
        _print(found, answer)


def _back(
    context: Context, file: StackFile, settings: StackSettings, to: str | None, reason: str, *, restored: bool
) -> RollbackAnswer:
    checkout, now = context.checkout, pointer_of(file.values)
    if now.release == WORKSPACE:
        raise SituationError(
            f"{file.stack} deploys the checkout, and points to no release",
            "check out the commit to go back to, and run `portal up`",
            where=file.where(("release",)),
        )
    history = pointers_of(checkout, file.stack)
    refused = [release for release, one in settings.rolled_back.items() if not one.lifted]
    earlier = _earlier(file, now, refused, history, to, kept_releases(checkout))
    require_signed(checkout, earlier.release, settings.signed_by, file.where(("signedBy",)))
    if earlier.release == now.release:
        return _back_to_program(checkout, file, earlier)
    way = way_back(read_bundle(checkout, now.release)[0], read_bundle(checkout, earlier.release)[0])
    if way.blocked and not restored:
        raise PortalError(_blocked(file.stack, now, earlier, way, history))
    kept: dict[str, Value] = {"reason": reason, **({"migrations": list(way.kept)} if way.kept else {})}
    changes = earlier.changes(file)
    changes[(*file.path_of(HELD), now.release)] = kept
    changes[file.path_of("portal:hotfix")] = REMOVED
    _write(checkout, file, earlier, edited(file.path, changes))
    return RollbackAnswer(
        stack=file.stack,
        taken_back=now.release,
        release=earlier.release,
        program=earlier.program,
        migrations=way.kept,
    )


def _write(checkout: Checkout, file: StackFile, earlier: Pointer, text: str) -> None:
    """Write the file, if the code that will deploy it accepts it."""
    if earlier.program is not None:
        refused = refusal_of_program(checkout, file, earlier.program, text)
        if refused is not None:
            raise PortalError(
                f"the code of commit {earlier.program[:12]}, which deployed {file.stack} then, refuses the file:"
                f" {refused}\nNothing was changed. Write {earlier.release} and a newer program into the file, or"
                " correct what it says."
            )
    write_whole(file.path, text)


def _back_to_program(checkout: Checkout, file: StackFile, earlier: Pointer) -> RollbackAnswer:
    """Only the program was changed since: the release is good, and nothing is refused."""
    _write(checkout, file, earlier, edited(file.path, earlier.changes(file)))
    return RollbackAnswer(stack=file.stack, release=earlier.release, program=earlier.program)


def _earlier(
    file: StackFile, now: Pointer, refused: list[str], history: list[PointedTo], to: str | None, known: list[str]
) -> Pointer:
    """The pointer to go back to. InputError if there is none, or if its release is refused or not kept any more."""
    if to in refused:
        raise SituationError(
            f"{to} was rolled back in {file.stack}", f"lift it first: `portal rollback {file.stack} --lift {to}`"
        )
    before = [one.pointer for one in history if one.pointer != now and one.pointer.release not in {WORKSPACE, *refused}]
    if to is None and not before:
        raise SituationError(
            f"the history of {file.stack} has no earlier release", "name one with `--to` (`portal release list`)"
        )
    wanted = to or before[0].release
    others = [one for one in known if one not in {now.release, *refused}]
    same = any(one.release == now.release for one in before)
    if wanted not in (known if same else others):
        raise InputError(
            where="--to" if to is not None else file.document.name,
            key="",
            got=f'"{wanted}"',
            allowed=f"another release in releases/ ({', '.join(others) or 'there is none'})",
            fix="choose one of them, or restore the folder of that release from Git",
        )
    # Not one that this stack has run: with the code that runs now.
    return next((one for one in before if one.release == wanted), Pointer(wanted, now.program))


def _blocked(stack: str, now: Pointer, earlier: Pointer, way: WayBack, history: list[PointedTo]) -> str:
    since = next((one.since for one in history if one.pointer == now), None)
    window = f" since it was deployed (the commit is of {since})" if since is not None else " since it was deployed"
    reasons = "".join(f"\n  {one}" for one in way.blocked)
    return (
        f"{earlier.release} does not work with the database of {now.release}:{reasons}\n"
        f"Nothing was changed. If {now.release} never ran its migrations, write {earlier.release} into the file:"
        " the `migrate` Job compares it with the database.\n"
        f"Otherwise, to go back all the same, restore a backup of {earlier.release}. Everything is lost that was"
        f" written{window}:\n"
        f"  portal backup list --stack {stack}\n"
        f"  portal restore NAME --stack {stack} --key FILE --leave-stopped\n"
        f"  portal rollback {stack} --to {earlier.release} --restored\n"
        f"To keep it, make a release that mends what is wrong, and deploy it to {stack}."
    )


def _lift(file: StackFile, held: Mapping[str, RolledBack], release: str) -> RollbackAnswer:
    names = [name for name, one in held.items() if not one.lifted]
    if release not in names:
        raise InputError(
            where="--lift",
            key="",
            got=f'"{release}"',
            allowed=f"a release that {file.stack} has taken back ({', '.join(names) or 'there is none'})",
            fix="choose one of them" if names else "leave it out",
        )
    entry: KeyPath = (*file.path_of(HELD), release)
    if held[release].migrations:
        # They stay in the database, and the release that runs now may not know them.
        changes: dict[KeyPath, Value | Removed] = {(*entry, "lifted"): True}
    else:
        changes = {entry if len(held) > 1 else file.path_of(HELD): REMOVED}
    write_whole(file.path, edited(file.path, changes))
    pointer = pointer_of(file.values)
    return RollbackAnswer(stack=file.stack, taken_back=release, release=pointer.release, program=pointer.program)


def _print(context: Context, answer: RollbackAnswer) -> None:
    context.out.print(f"stacks/Pulumi.{answer.stack}.yaml points to {Pointer(answer.release, answer.program)} now.")
    if answer.taken_back is None:
        context.out.print("The release is the same, so nothing is refused.")
    else:
        context.out.print(
            f"It refuses {answer.taken_back} until `portal rollback {answer.stack} --lift {answer.taken_back}`."
        )
    for name in answer.migrations:
        context.out.print(f"The migration {name} stays in the database; {answer.release} works with it.")
    context.out.print(f"Commit the file, and then deploy:\n  portal up --stack {answer.stack}")
