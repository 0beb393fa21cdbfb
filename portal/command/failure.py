"""How the command fails: sentences for people, an object for machines."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text

from portal.base.errors import InputError, PortalError
from portal.command.copyable import copyable


def asks_for_json(words: list[str]) -> bool:
    """Whether a failure is to be an object too. Asked of the words: a failure may come before they are understood."""
    return "--json" in words


def fail(error: PortalError, *, machine: bool) -> None:
    """A failure: sentences on standard error, and for machines an object on standard output besides."""
    if machine:
        from portal.command.json_answers import error_answer, shown  # noqa: PLC0415 - for failures only

        sys.stdout.write(f"{shown(error_answer(error))}\n")
    _say(copyable("\n".join(error.sentences) if isinstance(error, InputError) else str(error)))


def _say(text: str) -> None:
    """An error: one line a sentence for machines, words kept whole and the first of them red on a terminal."""
    console = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())
    console.print(Text.assemble(("error ", "bold red"), text) if console.is_terminal else text, markup=False)
