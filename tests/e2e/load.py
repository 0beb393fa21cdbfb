"""A steady load: requests at a rate, each on a connection of its own, and what came of each."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

WORKERS = 8
PATIENCE_SECONDS = 10


@dataclass
class Load:
    """What was asked and what came back, while it runs. ``outcomes`` counts answers by status or reason."""

    address: tuple[str, int]
    host: str
    paths: Sequence[str]
    outcomes: Counter[str] = field(default_factory=Counter[str])
    asked: int = 0
    slowest: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def await_requests(self, number: int) -> None:
        """Wait until so many were answered or lost."""
        while self.outcomes.total() < number:
            self._ended.wait(0.2)

    @property
    def failures(self) -> dict[str, int]:
        """Everything but 200, by what it was."""
        return {outcome: number for outcome, number in self.outcomes.items() if outcome != "200"}

    def work(self, interval: float) -> None:
        """Ask at an interval of seconds until the load ends. A late answer does not lead to a burst."""
        due = time.monotonic()
        while not self._ended.is_set():
            due = max(due + interval, time.monotonic())
            with self._lock:
                path = self.paths[self.asked % len(self.paths)]
                self.asked += 1
            began = time.monotonic()
            outcome = self._ask(path)
            took = time.monotonic() - began
            with self._lock:
                self.outcomes[outcome] += 1
                self.slowest = max(self.slowest, took)
            self._ended.wait(max(0.0, due - time.monotonic()))

    def end(self) -> None:
        """No request more."""
        self._ended.set()

    def _ask(self, path: str) -> str:
        connection = HTTPConnection(*self.address, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path, headers={"Host": self.host, "Connection": "close"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException) as error:
            return f"{path}: {type(error).__name__} {error}"
        else:
            return "200" if answer.status == 200 else f"{path}: {answer.status}"
        finally:
            connection.close()


@contextmanager
def steady_load(address: tuple[str, int], host: str, paths: Sequence[str], per_second: int) -> Generator[Load]:
    """A load of so many requests per second, as long as the block runs."""
    load = Load(address, host, paths)
    threads = [threading.Thread(target=load.work, args=(WORKERS / per_second,)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.end()
        for thread in threads:
            thread.join()
