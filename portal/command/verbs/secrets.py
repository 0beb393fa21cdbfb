"""List, store, remove and generate a stack's encrypted secrets."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator, Mapping
from typing import Annotated

import typer
from rich.table import Table

from portal.base.errors import InputError, SituationError, closest, did_you_mean, raise_first
from portal.base.files import write_whole
from portal.base.names import require_secret_name
from portal.base.yaml_document import Value
from portal.command.context import Context
from portal.command.json_answers import shown
from portal.command.options import Json, Stack
from portal.command.secret_answers import SecretsAnswer, secret_answer, secret_state
from portal.command.verb import Verb, command_name
from portal.plan import Plan, load_plan
from portal.plugins.load import load_plugins, load_sign_in, load_sources
from portal.stack.secret_shapes import MOST_BYTES, shape_faults
from portal.stack.secret_uses import SecretUse, secret_uses
from portal.stack.secrets import generate, generated_names
from portal.stackfile.edit import REMOVED, edited
from portal.stackfile.generated import (
    database_engine,
    generated_stack,
    remove_secret,
    store_secret,
    team_stack,
    write_generated_stack,
)
from portal.stackfile.own_secrets import crypter_of, write_secrets
from portal.stackfile.read import StackFile, named_secrets, read_stack_file

Name = Annotated[str, typer.Argument(help="The secret's name, such as SENTRY_TOKEN.")]


verb = Verb(answers=(SecretsAnswer,), group_help=__doc__)


@verb.command("list")
def secrets_list(context: typer.Context, stack: Stack = "local", as_json: Json = False) -> None:
    """List the secrets of a stack: which are stored, which are missing, and what reads each. Shows no value.

    \b
    portal secrets list --stack dev
    portal secrets list --json | jq -r '.secrets[] | select(.needed and (.stored | not)).name'
    """
    _list(context.obj, stack, as_json=as_json)


@verb.writer("init", brief=True)
def secrets_init(context: typer.Context, stack: Stack = "local") -> None:
    """Generate the random secrets: database password, session secret, hash key. Keeps those that exist.

    \b
    portal secrets init --stack dev
    """
    _init(context.obj, stack)


@verb.writer("set", brief=True, own_lock=True)
def secrets_set(context: typer.Context, name: Name, stack: Stack = "local") -> None:
    """Store one secret. The command asks for its value, or reads it from a pipe.

    It stores only secrets that something reads, and refuses a value that cannot be right, such as a token with a line
    break in it. A line break at the end is removed.

    \b
    portal secrets set SENTRY_TOKEN
    pass show sentry | portal secrets set SENTRY_TOKEN --stack dev
    """
    found: Context = context.obj
    use = _known(found, stack, name)
    value = _read(use)
    with found.only_writer(command_name(context), brief=True):
        _store(found, stack, name, value)


@verb.writer("remove", brief=True)
def secrets_remove(context: typer.Context, name: Name, stack: Stack = "local") -> None:
    """Remove one stored secret.

    A secret that the command generates is not removed, because the stack cannot run without it. To replace it, use
    `portal secrets set`.

    \b
    portal secrets remove SENTRY_TOKEN --stack dev
    """
    _remove(context.obj, stack, name)


def _list(context: Context, stack: str, *, as_json: bool) -> None:
    file = read_stack_file(context.checkout, stack)
    plan, stored = _plan(context, stack), _stored(context, file)
    uses, named = secret_uses(plan.resolved, plan.app_config.secrets), plan.settings.secrets_manager
    rows = tuple(
        secret_answer(name, uses.get(name), named.get(name), stored=name in stored)
        for name in sorted({*uses, *stored, *named})
    )
    if as_json:
        place = file.path if team_stack(file) else context.checkout.generated_stack_file(stack)
        answer = SecretsAnswer(stack=stack, file=context.checkout.relative(place), secrets=rows)
        context.out.document(shown(answer))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in rows:
        table.add_row(row.name, secret_state(row, team=team_stack(file)), ", ".join(row.used_by))
    context.show(table)


def _plan(context: Context, stack: str) -> Plan:
    """The plan of a stack, to look at. A stale lock does not matter for that."""
    return load_plan(context.checkout, stack, complete=False)


def _uses(context: Context, stack: str) -> dict[str, SecretUse]:
    """The secrets that something reads."""
    plan = _plan(context, stack)
    return secret_uses(plan.resolved, plan.app_config.secrets)


def _stored(context: Context, file: StackFile) -> Mapping[str, Value]:
    if team_stack(file):
        return file.secrets
    generated = generated_stack(context.checkout, file.stack)
    return generated.secrets if generated is not None else {}


def _init(context: Context, stack: str) -> None:
    """Write the generated secrets of a stack, encrypted. Secrets that exist stay as they are."""
    file = read_stack_file(context.checkout, stack)
    if not team_stack(file):
        generated = write_generated_stack(context.checkout, file)
        context.out.print(f"{context.checkout.relative(generated.path)} has the generated secrets. Nothing to commit.")
        return
    crypter = crypter_of(file)
    there = {*file.secrets, *named_secrets(file)}
    missing = [name for name in generated_names(database_engine(file)) if name not in there]
    if not missing:
        context.out.print(f"Wrote nothing: all are there, in {file.document.name}.")
        return
    write_secrets(file, crypter, {name: generate() for name in missing})
    context.out.print(f"Wrote {', '.join(missing)} to {file.document.name}; commit it.")


def _known(context: Context, stack: str, name: str) -> SecretUse:
    """A secret by its name. InputError for one that nothing would read."""
    require_secret_name(name, "portal secrets set")
    _require_unnamed(context, stack, name)
    uses = _uses(context, stack)
    if name in uses:
        return uses[name]
    readers = list(_in_library(name))
    close = closest(name, uses)
    make_known = (
        f"add the {readers[0]}, which reads it, to portal.yaml"
        if readers
        else f"write {{$secret: {name}}} under portal:appConfig, where the value belongs"
    )
    raise SituationError(
        f"{name} is not stored: nothing in the stack {stack} reads a secret of this name",
        f"did you mean {close[0]}? Otherwise, {make_known}" if close else f"first {make_known}",
    )


def _require_unnamed(context: Context, stack: str, name: str) -> None:
    """Refuse to store what the stack reads from Secrets Manager. That would be two values for one secret."""
    file = read_stack_file(context.checkout, stack)
    if name in named_secrets(file):
        raise SituationError(
            f"{name} is not stored: {stack} reads it from Secrets Manager",
            f"give it a new value there, and run `portal up --stack {stack}`; or remove it from portal:secretsManager",
            where=file.where(("secretsManager", name)),
        )


def _in_library(name: str) -> Iterator[str]:
    """What reads a secret, of everything that this portal does not have."""
    for source in load_sources().values():
        if any(name in credential.secrets for credential in source.credentials.values()):
            yield f"source {source.id}"
    for provider in load_sign_in().values():
        if name in provider.secrets:
            yield f"sign-in provider {provider.id}"
    for plugin in load_plugins().values():
        if plugin.connection is not None and name in plugin.connection.secrets:
            yield f"plugin {plugin.id}"


def _read(use: SecretUse) -> str:
    """A value that its record accepts, from standard input, so that it is in no shell history."""
    need = use.need
    try:
        value = getpass.getpass(f"{need.name} ({need.obtain}): ") if sys.stdin.isatty() else _piped(need.name)
    except EOFError:
        value = ""
    # A shell adds a line break, and one from Windows adds two characters.
    value = value.rstrip("\r\n")
    if not value:
        raise SituationError(
            f"{need.name} is not stored: no value was given for {need.name}", "type it, or pipe it to the command"
        )
    raise_first(
        SituationError(f"{need.name} is not stored: its value {fault}", f"where to get it: {need.obtain}")
        for fault in shape_faults(need, value)
    )
    return value


def _piped(name: str) -> str:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        return sys.stdin.read()
    raw: bytes = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise SituationError(
            f"{name} is not stored: its value has more than {MOST_BYTES // 1024} KiB", "pipe only the secret itself"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SituationError(f"{name} is not stored: its value is not UTF-8 text", "save it as UTF-8") from error


def _store(context: Context, stack: str, name: str, value: str) -> None:
    file = read_stack_file(context.checkout, stack)
    if team_stack(file):
        write_secrets(file, crypter_of(file), {name: value})
        path = file.path
    else:
        path = store_secret(context.checkout, file, name, value).path
    context.out.print(f"Stored {name} in {context.checkout.relative(path)}, encrypted.")


def _remove(context: Context, stack: str, name: str) -> None:
    file = read_stack_file(context.checkout, stack)
    stored = _stored(context, file)
    if name not in stored and name in named_secrets(file):
        raise SituationError(
            f"nothing is removed: {stack} reads {name} from Secrets Manager",
            "remove its line",
            where=file.where(("secretsManager", name)),
        )
    if name not in stored:
        raise SituationError(
            f"nothing is removed: {stack} has no stored secret {name}",
            did_you_mean(name, stored) if stored else f"`portal secrets list --stack {stack}` lists what it has",
        )
    if name in generated_names(database_engine(file)):
        raise SituationError(
            f"nothing is removed: {stack} cannot run without {name}",
            f"to replace it, run `portal secrets set {name} --stack {stack}`",
        )
    if team_stack(file):
        write_whole(file.path, edited(file.path, {(*file.secrets_path, name): REMOVED}))
        place = file.document.name
    else:
        remove_secret(context.checkout, file, name)
        place = context.checkout.relative(context.checkout.generated_stack_file(stack))
    context.out.print(f"Removed {name} from {place}.")
    use = _still_needed(context, stack, name)
    if use is not None:
        context.progress.note(f"{stack} still needs it ({', '.join(use.used_by)}): `portal check` says so.")


def _still_needed(context: Context, stack: str, name: str) -> SecretUse | None:
    try:
        use = _uses(context, stack).get(name)
    except InputError:
        # Something else is wrong with the stack's files, and `portal check` says what.
        return None
    return use if use is not None and use.needed else None
