"""The one printer: consoles whose text is text. Whatever is printed for people goes through one of them.

Titles and names are not markup, and control characters in them never reach the terminal. Styles come from ``Text`` and
``style`` only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from portal.base.echo import printable


class Printer(Console):
    """A console that prints text as it is, without control characters. Colors on a terminal only."""

    def __init__(
        self, file: IO[str] | None = None, *, stderr: bool = False, soft_wrap: bool = True, width: int | None = None
    ) -> None:
        super().__init__(
            file=file, stderr=stderr, soft_wrap=soft_wrap, width=width, markup=False, highlight=False, emoji=False
        )

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - rich's own
        """A text that was not made printable yet: whole sequences can be seen in it."""
        return super().render_str(printable(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich does it, with the text of every segment made printable. Rich's own control codes stay."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)

    def document(self, text: str, end: str = "\n") -> None:
        """A document for programs: unchanged in a pipe or a file, and printable on a terminal."""
        self._write(f"{printable(text) if self.file.isatty() else text}{end}")

    def table(self, table: Table) -> None:
        """A table, without the blanks that fill its lines."""
        with self.capture() as captured:
            self.print(table)
        self._write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def _write(self, text: str) -> None:
        self.file.write(text)
        self.file.flush()
