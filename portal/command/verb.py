"""What a module of ``verbs/`` declares: its command, whether it writes, and what it answers with ``--json``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

import typer

from portal.command.context import Context

if TYPE_CHECKING:  # models take a tenth of a second, and `portal --help` shows none
    from portal.command.json_answers import JsonAnswer

P = ParamSpec("P")
R = TypeVar("R")


class Verb(typer.Typer):
    """One verb, or a group of them, as ``group_help`` says. ``answers`` are what they print with ``--json``.

    A command is declared with ``command`` if it only reads the checkout, and with ``writer`` if it writes there.
    """

    def __init__(self, *, answers: tuple[type[JsonAnswer], ...] = (), group_help: str | None = None) -> None:
        super().__init__(
            help=group_help,
            no_args_is_help=True,
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
        )
        self.answers = answers
        self.writers: set[str | None] = set()

    def writer(
        self, name: str | None = None, *, brief: bool = False, own_lock: bool = False
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """A command that writes: it runs while it holds the checkout's lock, or says who holds it.

        ``brief``: it is done in a moment, so others wait for it. ``own_lock``: it does something else first, such as
        asking a person, and then takes the lock itself (:meth:`Context.only_writer`).
        """
        self.writers.add(name)

        def register(function: Callable[P, R]) -> Callable[P, R]:
            @wraps(function)
            def alone(*words: P.args, **options: P.kwargs) -> R:
                context = cast("typer.Context", options["context"])
                found: Context = context.obj
                with found.only_writer(command_name(context), brief=brief):
                    return function(*words, **options)

            self.command(name)(function if own_lock else alone)
            return function

        return register


def command_name(context: typer.Context) -> str:
    """The command as people type it, without options, whatever its program's file is called."""
    return f"portal {context.command_path.partition(' ')[2]}"
