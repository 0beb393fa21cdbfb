"""A port of this machine that kubectl forwards to a Service in the background, from ``up`` until ``down``."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from portal.base.child_environment import child_environment
from portal.base.json_file import read_state, write_state
from portal.base.process_id import arguments, started
from portal.kubernetes.kubectl import Kubectl

VERB = "port-forward"


@dataclass(frozen=True)
class ForwardRecord:
    """The kubectl process. ``began`` is when it started, as :func:`portal.base.process_id.started` says it.

    None if a version before 1.0 wrote the file, or if the process had ended already.
    """

    pid: Annotated[int, Field(gt=1)]
    command: tuple[str, ...]
    began: str | None = None


@dataclass(frozen=True)
class Forward:
    """The port forwarding of one stack. ``record`` names the kubectl process, ``log`` holds its output."""

    record: Path
    log: Path

    def start(self, kubectl: Kubectl, namespace: str, target: str, port: int, remote: int) -> None:
        """Forward ``port`` to a port of ``target`` (``pod/NAME``). Stops an earlier forwarding first."""
        self.stop()
        command = kubectl.command(
            VERB,
            f"--namespace={namespace}",
            target,
            f"{port}:{remote}",
            "--address=127.0.0.1",
            patience=0,
        )
        words = [str(word) for word in command]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(  # noqa: S603 - our own words
                words,
                env=child_environment(words[0]),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        try:
            write_state(self.record, ForwardRecord(process.pid, tuple(words), started(process.pid)))
        except BaseException:
            # Nobody would find it again.
            process.kill()
            raise

    def runs(self, port: int) -> bool:
        """Whether the process that was started for this port still runs."""
        known = self._known()
        return known is not None and any(word.startswith(f"{port}:") for word in known.command) and _is_running(known)

    def stop(self) -> None:
        """End the process, if it is still the one that was started."""
        known = self._known()
        if known is None:
            return
        if _is_running(known):
            with suppress(ProcessLookupError):
                os.kill(known.pid, signal.SIGTERM)
        self.record.unlink(missing_ok=True)

    def _known(self) -> ForwardRecord | None:
        fix = f"end its `kubectl {VERB}` if one still runs, and delete {self.record}"
        return read_state(self.record, ForwardRecord, str(self.record), fix)


def _is_running(known: ForwardRecord) -> bool:
    """Whether the number still means the process that was started. Another one may have it by now.

    The time of its start tells. Its arguments do where nobody knows the time: not the program, which a wrapper of
    kubectl changes. A process that has only just started shows none yet.
    """
    words = known.command[1:]
    if VERB not in words:
        return False
    if known.began is not None:
        return known.began == started(known.pid)
    return arguments(known.pid).endswith(" ".join(words))
