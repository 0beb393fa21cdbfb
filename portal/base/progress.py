"""Show the progress of long work: what, how far, for how long. A live list on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from portal.base.echo import printable
from portal.base.printer import Printer

HEARTBEAT_SECONDS = 30.0
DETAIL_LENGTH = 72


class Phase(Protocol):
    """One piece of work in progress."""

    def update(self, detail: str) -> None:
        """Say how far the work is. Replaces what was said before."""


class Progress(Protocol):
    """Where work reports its progress. Phases may run in parallel, in threads."""

    def phase(self, title: str) -> AbstractContextManager[Phase]:
        """A context for the named work. Its end is reported with the time it took."""
        ...

    def note(self, text: str) -> None:
        """One line that stays visible."""


def seconds(value: float) -> str:
    """A duration as people write it: ``4.2 s``, ``3 min 05 s``."""
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60):02d} s"


class _Running:
    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""
        self.since = time.monotonic()
        self.reported = self.since

    def update(self, detail: str) -> None:
        self.detail = " ".join(printable(detail).split())[:DETAIL_LENGTH]

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.since

    def line(self) -> str:
        return f"{self.title}: {self.detail}" if self.detail else self.title


class PlainProgress:
    """A line at the start and the end of each phase, and one every half minute in between. For CI and logs."""

    def __init__(self, stream: IO[str] | None = None, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._stream = stream or sys.stderr
        self._heartbeat = heartbeat
        self._lock = threading.Lock()

    @contextmanager
    def phase(self, title: str) -> Generator[Phase]:
        """See :class:`Progress`."""
        running = _Running(title)
        done = threading.Event()
        beat = threading.Thread(target=self._beat, args=(running, done), daemon=True)
        self._print(f"- {title}")
        beat.start()
        try:
            yield running
        except BaseException:
            self._print(f"x {running.line()} (failed after {seconds(running.elapsed)})")
            raise
        else:
            self._print(f"+ {title} ({seconds(running.elapsed)})")
        finally:
            done.set()
            beat.join()

    def note(self, text: str) -> None:
        """See :class:`Progress`."""
        self._print(text)

    def _beat(self, running: _Running, done: threading.Event) -> None:
        while not done.wait(self._heartbeat):
            self._print(f"  {running.line()} ({seconds(running.elapsed)})")

    def _print(self, text: str) -> None:
        with self._lock:
            self._stream.write(f"{printable(text)}\n")
            self._stream.flush()


class LiveProgress:
    """A live list of the work in progress, below what is done. For terminals."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Printer(stderr=True)
        self._running: list[_Running] = []
        self._lock = threading.Lock()
        self._live: Live | None = None

    @contextmanager
    def phase(self, title: str) -> Generator[Phase]:
        """See :class:`Progress`."""
        running = _Running(title)
        self._begin(running)
        try:
            yield running
        except BaseException:
            self._end(running, Text.assemble(("✗ ", "red"), printable(f"{running.line()}  {seconds(running.elapsed)}")))
            raise
        else:
            self._end(
                running, Text.assemble(("✓ ", "green"), f"{printable(title)}  ", (seconds(running.elapsed), "dim"))
            )

    def note(self, text: str) -> None:
        """See :class:`Progress`."""
        self._console.print(printable(text), highlight=False, markup=False, soft_wrap=False)

    def _begin(self, running: _Running) -> None:
        with self._lock:
            self._running.append(running)
            if self._live is None:
                self._live = Live(
                    console=self._console, get_renderable=self._render, transient=True, refresh_per_second=8
                )
                self._live.start()

    def _end(self, running: _Running, line: Text) -> None:
        with self._lock:
            self._running.remove(running)
            self._console.print(line)
            if not self._running and self._live is not None:
                self._live.stop()
                self._live = None

    def _render(self) -> Group:
        return Group(
            *(
                Spinner(
                    "dots",
                    Text.assemble(
                        printable(run.line())[: self._console.width - 20], "  ", (seconds(run.elapsed), "dim")
                    ),
                )
                for run in list(self._running)
            )
        )


def progress_for(console: Console) -> Progress:
    """A live list on a terminal that supports it; plain lines in files, pipes, CI and dumb terminals.

    This asks the stream and not rich, which takes a CI log for a terminal if FORCE_COLOR is set.
    """
    live = console.file.isatty() and not console.is_dumb_terminal and not os.environ.get("CI")
    return LiveProgress(console) if live else PlainProgress(console.file)
