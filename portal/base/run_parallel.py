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
        self.failure: PortalError | None = None
        # A daemon thread: a program or a DNS server that hangs must not keep the command from ending.
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.found.append(self._work())
        except PortalError as error:
            self.failure = error


def run_parallel(looks: Mapping[str, Callable[[], T]], limit: float) -> dict[str, T | PortalError]:
    """What each function returned, or the PortalError that says why not, after at most ``limit`` seconds.

    A function that is not done by then is left running and ends with the process.
    """
    running = {name: _Look(work) for name, work in looks.items()}
    deadline = time.monotonic() + limit
    for look in running.values():
        look.thread.start()
    results: dict[str, T | PortalError] = {}
    for name, look in running.items():
        look.thread.join(max(0.0, deadline - time.monotonic()))
        late = PortalError(f"no answer within {limit:g} s")
        results[name] = look.found[0] if look.found else (look.failure or late)
    return results
