"""The verbs, found by the names of their files and imported one at a time."""

from __future__ import annotations

import ast
from collections import UserDict
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from portal.base.errors import PortalError
from portal.base.lock import HeldError, holder_of
from portal.command import verbs
from portal.command.context import Context
from portal.command.verb import Verb


def verb_names() -> list[str]:
    """Every verb by name, in the order of the alphabet: the one order that no verb has to be entered in."""
    return sorted(found.name.replace("_", "-") for found in iter_modules(verbs.__path__))


def load_verb(name: str) -> Verb:
    """A verb, by importing its module."""
    verb: Verb = import_module(f"{verbs.__name__}.{_module(name)}").verb
    return verb


def summary(name: str) -> str:
    """The first line of a verb's module, read and not imported: all of them together are half a second."""
    files = (Path(folder) / f"{_module(name)}.py" for folder in verbs.__path__)
    text = next(file for file in files if file.is_file()).read_text("utf-8")
    return cleandoc(ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


class VerbTable(UserDict[str, Any]):
    """Commands by name. A value is made when it is looked up."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(verb_names()))

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a command; the class is private to typer
        if self.data[name] is None:
            self.data[name] = get_command(load_verb(name))
        return self.data[name]


class VerbGroup(TyperGroup):
    """``portal`` itself: a group whose members are in the table."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(**attributes)
        self.commands = VerbTable()

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the class is private to typer
        """Run a verb. If it fails beside one that writes, that may be the reason, and is told too."""
        try:
            return super().invoke(ctx)
        except (PortalError, OSError) as error:
            if not isinstance(error, HeldError):
                _name_writer(ctx.obj)
            raise

    def list_commands(self, ctx: object) -> list[str]:
        """The names alone; typer's own would make every command."""
        return list(self.commands)

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ANN401 - the class is private to typer
        """One line a verb."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in self.commands])


def _module(name: str) -> str:
    return name.replace("-", "_")


def _name_writer(context: object) -> None:
    if not isinstance(context, Context):
        return
    try:
        holder = holder_of(context.checkout.lock_file)
    except PortalError:
        return
    if holder is not None and not holder.brief:
        context.progress.note(
            f"`{holder.command}` writes in this checkout meanwhile ({holder.process}). If it made the files that are"
            " named next, run this again when it has ended."
        )
