"""Ctrl-C while a program runs that has to come to its end by itself."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def interrupts_noted() -> Generator[Callable[[], bool]]:
    """A context in which Ctrl-C raises nothing, at no moment. What it yields says whether there was one.

    The caller raises KeyboardInterrupt once nothing can be left half done. A program that is started inside gets the
    terminal's Ctrl-C as always. Python takes signals in the main thread only, so this does nothing in another one.
    """
    noted = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    ours = threading.current_thread() is threading.main_thread() and before is not signal.SIG_IGN
    if ours:
        signal.signal(signal.SIGINT, lambda _number, _frame: noted.set())
    try:
        yield noted.is_set
    finally:
        if ours:
            signal.signal(signal.SIGINT, before)
