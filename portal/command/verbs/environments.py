"""Describe stacks as entities of Backstage's catalog."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from portal.base.errors import InputError, SituationError, quoted
from portal.base.files import write_whole
from portal.base.names import is_stack_name, require_stack_name
from portal.checks.entity_name import require_reference
from portal.command.context import Context
from portal.command.environment_reading import Reading, read_environments
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json
from portal.command.verb import Verb, command_name
from portal.foundation import portal_stacks
from portal.graph.environment import MARKER, Ownership, catalog_file, entities, known_time, references
from portal.stackfile.read import read_stack_file


class EnvironmentAnswer(JsonAnswer):
    """One stack."""

    stack: str
    """The stack."""

    target: str | None = None
    """Where it runs; absent if its file does not say it."""

    url: str | None = None
    """Its address; absent if its file has no valid one."""

    release: str | None = None
    """The release that it points to, or `workspace`; absent if its file has no valid one."""

    program: str | None = None
    """The commit of the code that deploys it; absent if that is the code of the checkout."""

    verified_at: str | None = None
    """With `--verified`: when what the stack points to was verified there."""

    not_verified: str | None = None
    """With `--verified`: why that is not known."""

    expires_at: str | None = None
    """When the stack ends; absent if it has no end."""

    incomplete: str | None = None
    """Why the portal and its database are missing; absent if they are there."""

    entities: tuple[str, ...]
    """The references of its entities. The first is the environment."""


class EnvironmentsAnswer(JsonAnswer):
    """`portal environments --json`. The exit code is 0 even if something is missing; read `incomplete`."""

    file: str | None = None
    """The file that `--output` names."""

    changed: bool | None = None
    """Whether the file was written; absent without `--output`."""

    environments: tuple[EnvironmentAnswer, ...]
    """The stacks, by name."""


verb = Verb(answers=(EnvironmentsAnswer,))


@verb.command()
def environments(
    context: typer.Context,
    owner: Annotated[
        str, typer.Option("--owner", metavar="ENTITY", help="The group or user in the catalog that owns the entities.")
    ],
    system: Annotated[
        str | None,
        typer.Option("--system", metavar="ENTITY", help="The system in the catalog that the entities are part of."),
    ] = None,
    stack: Annotated[
        list[str] | None, typer.Option("--stack", "-s", help="Only this stack; repeatable. Default: every stack.")
    ] = None,
    verified: Annotated[
        bool, typer.Option("--verified", help="Read from each stack's cluster when what it points to was verified.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to this file if it would change. Never replaces others' files."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Describe stacks as entities of Backstage's catalog: each environment, its portal, and the portal's database.

    The environment is what the stack's file says: the address, the target, the release, the program and the end. Its
    portal and database are what the program would register. The command needs no secret and, without --verified, no
    cluster. If a stack cannot be recorded, its environment is there all the same, and standard error says why the rest
    is missing.

    \b
    portal environments --owner platform
    portal environments --owner platform --stack prod --verified --output environments/prod.yaml
    portal environments --owner platform --json | jq '.environments[] | {stack, release}'
    """
    found: Context = context.obj
    ownership = Ownership(
        owner=require_reference(owner, ("group", "user"), "--owner"),
        system=require_reference(system, ("system",), "--system") if system is not None else None,
    )
    if output is not None:
        _require_own(output)
    readings = read_environments(found, _stacks(found, stack), command_name(context), verified=verified)
    _run(found, readings, ownership, output, as_json=as_json)


def _stacks(context: Context, chosen: Sequence[str] | None) -> list[str]:
    """The chosen stacks, or all with a valid name. `portal check` refuses the others.

    SituationError if a chosen one does not exist, or if there is none.
    """
    known = portal_stacks(context.checkout)
    for name in chosen or ():
        if require_stack_name(name) not in known:
            read_stack_file(context.checkout, name)
    stacks = sorted(set(chosen or filter(is_stack_name, known)))
    if not stacks:
        raise SituationError("there is no stack", "create stacks/Pulumi.<stack>.yaml")
    return stacks


def _run(
    context: Context, readings: Sequence[Reading], ownership: Ownership, output: Path | None, *, as_json: bool
) -> None:
    found = {one.environment.stack: entities(one.environment, ownership) for one in readings}
    text = catalog_file(entity for of_stack in found.values() for entity in of_stack)
    for one in readings:
        _note(context, one)
    changed = _written(output, text) if output is not None else None
    if as_json:
        answers = tuple(_answer(one, found[one.environment.stack]) for one in readings)
        file = str(output) if output is not None else None
        context.out.document(shown(EnvironmentsAnswer(file=file, changed=changed, environments=answers)))
    elif output is None:
        context.out.document(text, end="")
    else:
        count = f"{len(found)} {'environment' if len(found) == 1 else 'environments'}"
        context.out.print(f"Wrote {output}: {count}." if changed else f"{output} has the same {count} already.")


def _note(context: Context, reading: Reading) -> None:
    """Say what is missing."""
    stack, fault = reading.environment.stack, reading.environment.inventory.fault
    if fault is not None:
        context.progress.note(f"{stack}: its portal and database are missing, as it cannot be recorded: {fault}")
    if reading.not_verified not in {None, fault}:
        context.progress.note(f"{stack}: when it was verified is not known: {reading.not_verified}")


def _require_own(output: Path) -> None:
    """InputError if something else than a file of this command is there."""
    if not output.exists():
        return
    if not output.is_file():
        raise InputError(where="--output", key="", got=quoted(str(output)), allowed="a file", fix="choose another name")
    with output.open("rb") as file:
        begin = file.read(len(MARKER) + 1)
    if begin != f"{MARKER}\n".encode():
        raise SituationError(
            f"{output} was not written by `portal environments`",
            "choose another file, or move this one away",
            where="--output",
        )


def _written(output: Path, text: str) -> bool:
    """Write the file, unless it has this text already."""
    _require_own(output)
    if output.exists() and output.read_bytes() == text.encode():
        return False
    write_whole(output, text)
    return True


def _answer(reading: Reading, found: Sequence[dict[str, Any]]) -> EnvironmentAnswer:
    environment = reading.environment
    return EnvironmentAnswer(
        stack=environment.stack,
        target=environment.target,
        url=environment.url,
        release=environment.release,
        program=environment.program,
        verified_at=known_time(environment.verified),
        not_verified=reading.not_verified,
        expires_at=known_time(environment.expires),
        incomplete=environment.inventory.fault,
        entities=tuple(references(found)),
    )
