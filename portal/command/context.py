"""What every verb begins with: the checkout, the stack, and where to print."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rich.table import Table

from portal.base.checkout import Checkout
from portal.base.lock import held
from portal.base.printer import Printer
from portal.base.progress import Progress, progress_for

_COLORS = {"+": "green", "-": "red", "!": "yellow"}


@dataclass(frozen=True)
class Context:
    """The checkout that a command works on. Results go to standard output, everything else to standard error."""

    directory: Path

    @cached_property
    def checkout(self) -> Checkout:
        """The checkout around the directory."""
        found = Checkout.containing(self.directory.resolve())
        found.guard_state()
        return found

    def close(self) -> None:
        """Leave nothing behind of a command that kept nothing."""
        if "checkout" in self.__dict__:
            with suppress(OSError):
                self.checkout.state.rmdir()

    @cached_property
    def errors(self) -> Printer:
        """Standard error: colors on a terminal only."""
        return Printer(stderr=True)

    @cached_property
    def out(self) -> Printer:
        """Standard output: colors on a terminal only. ``print`` is for people, ``document`` for programs."""
        return Printer(width=None if sys.stdout.isatty() else 200)

    @cached_property
    def progress(self) -> Progress:
        """Where long work reports itself."""
        return progress_for(self.errors)

    @contextmanager
    def only_writer(self, command: str, *, brief: bool = False) -> Generator[None]:
        """Hold the checkout's lock. ``command`` is what others are told who want it meanwhile."""
        with held(self.checkout.lock_file, command, brief=brief):
            yield

    @contextmanager
    def json_only(self) -> Generator[Callable[[str], None]]:
        """Standard output for one answer alone: what programs that run meanwhile print goes to standard error."""
        sys.stdout.flush()
        kept = os.dup(1)
        os.dup2(2, 1)
        answers: list[str] = []
        try:
            yield answers.append
        finally:
            sys.stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)
        for answer in answers:
            self.out.document(answer)

    def changed(self, line: str, indent: str = "") -> None:
        """A line of a difference, in the color of the sign that it begins with."""
        self.out.print(f"{indent}{line}", style=_COLORS.get(line[:1], ""))

    def show(self, table: Table) -> None:
        """A table on standard output, without the blanks that fill its lines."""
        self.out.table(table)

    def wrap(self, text: str, indent: str = "", style: str = "") -> None:
        """A paragraph that keeps its words whole and its indent, as wide as the terminal."""
        width = max(self.out.width, 40)
        for line in textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False):
            self.out.print(line, style=style)
