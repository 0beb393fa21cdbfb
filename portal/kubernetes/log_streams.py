"""The logs of pods, read with kubectl: all of them once, or as they grow."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from portal.base.errors import PortalError
from portal.base.process import output
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.log_lines import LogLine, read_line
from portal.kubernetes.pods import Pod

LOOK_AGAIN_SECONDS = 2.0


@dataclass(frozen=True)
class LogSource:
    """Where logs are read: a cluster, a namespace, and the options of ``kubectl logs``."""

    kubectl: Kubectl
    namespace: str
    options: tuple[str, ...] = ()

    def command(self, pod: Pod, *more: str) -> list[str]:
        """The command line that prints a pod's log, each line with its time."""
        words = self.kubectl.command(
            "logs",
            pod.name,
            f"--namespace={self.namespace}",
            f"--container={pod.container}",
            "--timestamps",
            *self.options,
            *more,
            patience=0 if more else 10,
        )
        return [str(word) for word in words]


def read_once(source: LogSource, pods: Iterable[Pod]) -> list[LogLine]:
    """What there is, of all pods, in the order of time."""
    lines = [
        read_line(pod.name, line) for pod in pods for line in output(source.command(pod)).splitlines() if line.strip()
    ]
    return sorted(lines, key=lambda line: line.time)


def follow(source: LogSource, pods: Callable[[], Sequence[Pod]], tail: int | None) -> Generator[LogLine]:
    """Lines as they come, without end. Looks again and again for containers that are new: a rollout replaces pods.

    ``tail`` lines of each container that is there at the beginning; all of a later one. Ends its kubectls when closed.
    """
    lines: queue.SimpleQueue[LogLine] = queue.SimpleQueue()
    streams: dict[str, _Stream] = {}
    first = [] if tail is None else [f"--tail={tail}"]
    looked = -LOOK_AGAIN_SECONDS
    try:
        while True:
            if time.monotonic() - looked >= LOOK_AGAIN_SECONDS:
                for pod in _those(pods):
                    if pod.container_id is not None and pod.container_id not in streams:
                        streams[pod.container_id] = _Stream(source.command(pod, "--follow", *first), pod, lines)
                first, looked = [], time.monotonic()
            try:
                yield lines.get(timeout=LOOK_AGAIN_SECONDS)
            except queue.Empty:
                continue
    finally:
        for stream in streams.values():
            stream.end()


def _those(pods: Callable[[], Sequence[Pod]]) -> Sequence[Pod]:
    """The pods now; a cluster that does not answer for a moment is asked again."""
    try:
        return pods()
    except PortalError:
        return ()


class _Stream:
    """One kubectl that follows one container, and the thread that reads it."""

    def __init__(self, command: Sequence[str], pod: Pod, lines: queue.SimpleQueue[LogLine]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own words
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            # Ctrl-C is for us: we end them.
            start_new_session=True,
        )
        self._pod, self._lines = pod, lines
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the kubectl; nothing of it is left."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    def _read(self) -> None:
        with self._process.stdout or nullcontext(()) as said:
            for line in said:
                if line.strip():
                    self._lines.put(read_line(self._pod.name, line.rstrip("\n")))
