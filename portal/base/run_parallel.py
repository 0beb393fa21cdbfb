"""Run several questions in parallel, so that none of them keeps the others waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from portal.base.errors import PortalError

T = TypeVar("T")


class _Look(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.found: list[T] = []
        self.failure: Exception | None = None
        # A daemon thread: a program or a DNS server that hangs must not keep the command from ending.
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.found.append(self._work())
        except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
            self.failure = error

    def answer(self, limit: float) -> T | PortalError:
        """What it returned, or why there is nothing."""
        if self.found:
            return self.found[0]
        failure = self.failure
        if failure is not None and not isinstance(failure, PortalError):
            raise failure
        return failure or PortalError(f"no answer within {limit:g} s")


def run_parallel(looks: Mapping[str, Callable[[], T]], limit: float) -> dict[str, T | PortalError]:
    """What each function returned, or the PortalError that says why not, after at most ``limit`` seconds.

    A function that is not done by then is left running and ends with the process; however it ends, nobody hears of it.
    Any other error than a PortalError is raised here: it is a mistake in the function.
    """
    running = {name: _Look(work) for name, work in looks.items()}
    deadline = time.monotonic() + limit
    for look in running.values():
        look.thread.start()
    results: dict[str, T | PortalError] = {}
    for name, look in running.items():
        look.thread.join(max(0.0, deadline - time.monotonic()))
        results[name] = look.answer(limit)
    return results
