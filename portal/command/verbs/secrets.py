"""Generate and store the secrets of a stack, encrypted."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from portal.base.errors import SituationError
from portal.base.files import write_whole
from portal.base.names import require_secret_name
from portal.base.yaml_document import Value
from portal.command.context import Context
from portal.command.options import Stack
from portal.command.verb import Verb
from portal.plan import load_plan
from portal.stack.secrets import generate, generated_names
from portal.stackfile.edit import edited
from portal.stackfile.generated import SECRETS_KEY, database_engine, store_secret, team_stack, write_generated_stack
from portal.stackfile.passphrase import PassphraseCrypter
from portal.stackfile.read import StackFile, read_stack_file

verb = Verb(group_help=__doc__)


@verb.command("init")
def secrets_init(context: typer.Context, stack: Stack = "local") -> None:
    """Generate the random secrets: database password, session secret, hash key. Keeps those that exist.

    \b
    portal secrets init --stack dev
    """
    _init(context.obj, stack)


@verb.command("set")
def secrets_set(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The secret's name, such as SENTRY_TOKEN.")],
    stack: Stack = "local",
) -> None:
    """Store one secret. The command asks for its value, or reads it from a pipe.

    \b
    portal secrets set SENTRY_TOKEN
    pass show sentry | portal secrets set SENTRY_TOKEN --stack dev
    """
    _set(context.obj, stack, name)


def _init(context: Context, stack: str) -> None:
    """Write the generated secrets of a stack, encrypted. Secrets that exist stay as they are."""
    file = read_stack_file(context.checkout, stack)
    if not team_stack(file):
        generated = write_generated_stack(context.checkout, file, {})
        context.out.print(f"{context.checkout.relative(generated.path)} has the generated secrets. Nothing to commit.")
        return
    crypter = _crypter(file, stack)
    present = file.values.get(SECRETS_KEY)
    missing = [
        name for name in generated_names(database_engine(file)) if not (isinstance(present, dict) and name in present)
    ]
    _write(file, crypter, {name: generate() for name in missing})
    context.out.print(f"Wrote {', '.join(missing) or 'nothing: all are there'} to {file.document.name}; commit it.")


def _set(context: Context, stack: str, name: str) -> None:
    """Store one secret. Its value comes from standard input, so it is in no shell history."""
    plan = load_plan(context.checkout, stack)
    require_secret_name(name, "portal secrets set")
    value = _read(name, plan.needs[name].obtain if name in plan.needs else "")
    file = read_stack_file(context.checkout, stack)
    if team_stack(file):
        _write(file, _crypter(file, stack), {name: value})
        path = file.path
    else:
        path = store_secret(context.checkout, file, name, value).path
    context.out.print(f"Stored {name} in {context.checkout.relative(path)}, encrypted.")


def _read(name: str, obtain: str) -> str:
    if sys.stdin.isatty():
        value = getpass.getpass(f"{name}{f' ({obtain})' if obtain else ''}: ")
    else:
        value = sys.stdin.read().rstrip("\n")
    if not value:
        raise SituationError(f"no value was given for {name}", "type it, or pipe it to the command")
    return value


def _crypter(file: StackFile, stack: str) -> PassphraseCrypter:
    """The crypter of a committed stack file. Its passphrase comes from where Pulumi reads it."""
    if "secretsprovider" in file.document.data:
        raise SituationError(
            "only the Pulumi CLI can use this stack's secrets provider",
            f"run `pulumi config set --stack {stack} --secret --path 'portal:secrets.NAME'` for each secret",
            where=file.document.name,
        )
    passphrase = os.environ.get("PULUMI_CONFIG_PASSPHRASE")
    from_file = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if passphrase is None and from_file:
        passphrase = Path(from_file).read_text().strip()
    if not passphrase:
        raise SituationError(
            "the passphrase that protects the stack's secrets is not set",
            "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
        )
    if file.salt is None:
        return PassphraseCrypter.create(passphrase)
    return PassphraseCrypter.open(file.salt, passphrase, file.document.name)


def _write(file: StackFile, crypter: PassphraseCrypter, values: dict[str, str]) -> None:
    """Add secrets to a committed stack file. Comments and order stay."""
    changes: dict[tuple[str, ...], Value] = {
        ("config", SECRETS_KEY, name): {"secure": crypter.encrypt(value)} for name, value in values.items()
    }
    write_whole(file.path, edited(file.path, {("encryptionsalt",): crypter.salt, **changes}))
