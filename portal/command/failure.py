"""How the command fails: sentences for people, an object for machines."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.text import Text

from portal.base.errors import InputError, PortalError
from portal.base.printer import Printer
from portal.command.copyable import copyable


def asks_for_json(words: list[str]) -> bool:
    """Whether a failure is to be an object too. Asked of the words: a failure may come before they are understood."""
    return "--json" in words


def fail(error: PortalError, *, machine: bool) -> None:
    """A failure: sentences on standard error, and for machines an object on standard output besides."""
    if machine:
        from portal.command.json_answers import error_answer, shown  # noqa: PLC0415 - for failures only

        sys.stdout.write(f"{shown(error_answer(error))}\n")
    _say([copyable(one) for one in (error.sentences if isinstance(error, InputError) else (str(error),))])


def _say(sentences: Sequence[str]) -> None:
    """Errors. On a terminal each begins with a red word, and a blank line is between them; elsewhere, one a line."""
    console = Printer(stderr=True, soft_wrap=not sys.stderr.isatty())
    for index, sentence in enumerate(sentences):
        if not console.is_terminal:
            console.print(sentence)
            continue
        if index:
            console.print()
        console.print(Text.assemble(("error ", "bold red"), sentence))
