"""A port of this machine that kubectl forwards to a Service in the background, from ``up`` until ``down``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.base.child_environment import child_environment
from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.process import output
from portal.kubernetes.kubectl import Kubectl


@dataclass(frozen=True)
class Forward:
    """The port forwarding of one stack. ``record`` names the kubectl process, ``log`` holds its output."""

    record: Path
    log: Path

    def start(self, kubectl: Kubectl, namespace: str, target: str, port: int, remote: int) -> None:
        """Forward ``port`` to a port of ``target`` (``pod/NAME``). Stops an earlier forwarding first."""
        self.stop()
        command = kubectl.command(
            "port-forward",
            f"--namespace={namespace}",
            target,
            f"{port}:{remote}",
            "--address=127.0.0.1",
            patience=0,
        )
        words = [str(word) for word in command]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as file:
            process = subprocess.Popen(  # noqa: S603 - our own words
                words,
                env=child_environment(words[0]),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        write_whole(self.record, json.dumps({"pid": process.pid, "command": words}))

    def runs(self, port: int) -> bool:
        """Whether the process that was started for this port still runs."""
        if not self.record.is_file():
            return False
        known = json.loads(self.record.read_text())
        return any(str(word).startswith(f"{port}:") for word in known["command"]) and _is_running(known)

    def stop(self) -> None:
        """End the process, if it is still the one that was started."""
        if not self.record.is_file():
            return
        known = json.loads(self.record.read_text())
        if _is_running(known):
            with suppress(ProcessLookupError):
                os.kill(int(known["pid"]), signal.SIGTERM)
        self.record.unlink()


def _is_running(known: dict[str, Any]) -> bool:
    """Whether it is still that process. Another one may have the PID by now.

    Compares the arguments only: a wrapper of kubectl changes the program.
    """
    try:
        running = output(["ps", "-o", "args=", "-p", str(known["pid"])]).strip()
    except PortalError:
        running = ""
    return running.endswith(" ".join(known["command"][1:]))
