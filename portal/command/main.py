"""The command line: what all verbs share, and exit codes. Each verb is a file in ``verbs/``."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from portal.base.errors import InputError, PortalError
from portal.base.printer import Printer
from portal.command.context import Context
from portal.command.failure import asks_for_json, fail
from portal.command.text_encoding import print_what_can_be_shown, use_utf8
from portal.command.verb_table import VerbGroup

app = typer.Typer(
    name="portal",
    cls=VerbGroup,
    help="Backstage as infrastructure code: check, build, deploy and operate a developer portal. Start with `up`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


_DIRECTORY = "The checkout, or a folder in it. Default: the current folder."


def _version(asked: bool) -> None:
    if asked:
        Printer().print(f"portal {metadata.version('portal')}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    directory: Annotated[
        Path,
        typer.Option("--directory", "-C", show_default=False, help=_DIRECTORY),
    ] = Path(),
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Every verb works on the checkout that has the current folder. ``version`` has an answer already."""
    del version
    context.obj = Context(directory)
    context.call_on_close(context.obj.close)


def main() -> None:
    """Run the command. Exit code 2 for input that can be corrected, 1 for other errors. No traceback for either."""
    use_utf8()
    print_what_can_be_shown()
    code = run()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    # Without taking leave of a million objects one by one: a third of a second after Pulumi's SDK was imported.
    os._exit(code)


def run() -> int:
    """Run the command with this process's arguments, and return its exit code instead of exiting."""
    # Importing Pulumi's SDK makes a million objects that all stay: looking for garbage among them is a seventh of it.
    gc.set_threshold(500_000)
    machine = asks_for_json(sys.argv[1:])
    try:
        app()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except InputError as error:
        fail(error, machine=machine)
        return 2
    except PortalError as error:
        fail(error, machine=machine)
        return 1
    except BrokenPipeError:
        # Whoever read our output has enough of it (`portal render | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        # A full disk, a folder that may not be written: nothing that a traceback would help with.
        fail(PortalError(f"{error.filename or 'this machine'}: {error.strerror or error}"), machine=machine)
        return 1
    return 0
