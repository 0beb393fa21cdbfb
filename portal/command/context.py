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

from rich.console import Console
from rich.table import Table

from portal.base.checkout import Checkout
from portal.base.progress import Progress, progress_for


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
    def errors(self) -> Console:
        """Standard error: colors on a terminal only."""
        return Console(stderr=True, highlight=False, soft_wrap=True)

    @cached_property
    def out(self) -> Console:
        """Standard output: colors on a terminal only."""
        piped = None if sys.stdout.isatty() else 200
        return Console(highlight=False, soft_wrap=True, width=piped)

    @cached_property
    def progress(self) -> Progress:
        """Where long work reports itself."""
        return progress_for(self.errors)

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
            self.out.out(answer, highlight=False)

    def show(self, table: Table) -> None:
        """A table on standard output, without the blanks that fill its lines."""
        with self.out.capture() as captured:
            self.out.print(table)
        self.out.out("\n".join(line.rstrip() for line in captured.get().splitlines()), highlight=False)

    def wrap(self, text: str, indent: str = "", style: str = "") -> None:
        """A paragraph that keeps its words whole and its indent, as wide as the terminal."""
        width = max(self.out.width, 40)
        for line in textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False):
            self.out.print(line, style=style, markup=False)
