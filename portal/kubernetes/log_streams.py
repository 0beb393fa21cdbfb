"""Read the logs of pods with kubectl, once or continuously."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from portal.base.child_environment import child_environment
from portal.base.errors import PortalError
from portal.base.process import output
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.log_lines import LogLine, read_line
from portal.kubernetes.pods import Pod

LOOK_AGAIN_SECONDS = 2.0


@dataclass(frozen=True)
class LogSource:
    """Where to read logs: a cluster, a namespace, and the options of ``kubectl logs``."""

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
    """The existing log lines of all pods, sorted by time."""
    lines = [
        read_line(pod.name, line) for pod in pods for line in output(source.command(pod)).splitlines() if line.strip()
    ]
    return sorted(lines, key=lambda line: line.time)


def follow(source: LogSource, pods: Callable[[], Sequence[Pod]], tail: int | None) -> Generator[LogLine]:
    """Yield lines as they arrive, until closed. Keeps looking for new containers, because a rollout replaces pods.

    Starts with the last ``tail`` lines of each existing container. Containers that start later are read in full.
    Closing the generator stops its kubectl processes.
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
    """The current pods. Empty if the cluster does not answer: the caller asks again later."""
    try:
        return pods()
    except PortalError:
        return ()


class _Stream:
    """A kubectl process that follows one container, and the thread that reads its output."""

    def __init__(self, command: Sequence[str], pod: Pod, lines: queue.SimpleQueue[LogLine]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own words
            command,
            env=child_environment(command[0]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C goes to this process only, which then ends kubectl.
            start_new_session=True,
        )
        self._pod, self._lines = pod, lines
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the kubectl process and wait until it is gone."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    def _read(self) -> None:
        with self._process.stdout or nullcontext(()) as said:
            for line in said:
                if line.strip():
                    self._lines.put(read_line(self._pod.name, line.rstrip("\n")))
