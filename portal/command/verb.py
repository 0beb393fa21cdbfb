"""What a module of ``verbs/`` declares: its command, and what it answers with ``--json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # models take a tenth of a second, and `portal --help` shows none
    from portal.command.json_answers import JsonAnswer


class Verb(typer.Typer):
    """One verb, or a group of them, as ``group_help`` says. ``answer`` is what it prints with ``--json``, if it can."""

    def __init__(self, *, answer: type[JsonAnswer] | None = None, group_help: str | None = None) -> None:
        super().__init__(
            help=group_help,
            no_args_is_help=True,
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
        )
        self.answer = answer
