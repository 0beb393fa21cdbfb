"""Start and stop the node. Its data is in its folder. Everything else ends with its first process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, cast

from pydantic import Field

from portal.base.errors import PortalError, SituationError
from portal.base.json_file import read_state, write_state
from portal.base.lock import held
from portal.base.ports import require_free_port
from portal.base.process import output
from portal.base.process_id import started
from portal.node.authority import make_authority
from portal.node.boot import GO
from portal.node.configuration import (
    REMOTE_API,
    kubeconfig,
    write_configuration,
    write_private,
)
from portal.node.layout import CONTAINERD_SOCKET, HOST_INTERFACE, INSIDE, SUPERVISOR_SOCKET, NodeLayout
from portal.node.machine import (
    make_control_groups,
    program_path,
    remember_settings,
    remove_control_groups,
    restore_settings,
)
from portal.node.processes import node_processes, supervisor_configuration
from portal.node.programs import Programs, link_programs, started_program

API_SECONDS = 60
STOP_SECONDS = 30
CONTAINER_STOP_SECONDS = 12
# A machine can have only one node, so commands of two checkouts must not start and stop nodes at the same time.
MACHINE_LOCK = Path("/run/portal-node-lock/lock")


@dataclass(frozen=True)
class Node:
    """A node, identified by its folder."""

    layout: NodeLayout

    @property
    def kubectl(self) -> Path:
        """The kubectl that belongs to the programs that the node was started with."""
        return started_program(self.layout, "kubernetes/kubectl")

    def running(self) -> bool:
        """Whether the node's first process is alive."""
        return _process(self.layout) is not None

    def start(self, programs: Programs, port: int, kubeconfig_file: Path) -> None:
        """Start the node and wait until its API server answers. Needs root. Does nothing if the node is running."""
        require_root()
        if self.running():
            return
        with held(MACHINE_LOCK, "portal up", brief=True, place="on this machine"):
            self._start(programs, port, kubeconfig_file)

    def _start(self, programs: Programs, port: int, kubeconfig_file: Path) -> None:
        require_free_port(port)
        _require_no_other_node()
        self.layout.root.mkdir(parents=True, exist_ok=True)
        self.layout.root.chmod(0o700)
        make_authority(self.layout.pki)
        link_programs(self.layout, programs)
        write_configuration(self.layout)
        write_private(kubeconfig_file, json.dumps(kubeconfig(self.layout, "admin", REMOTE_API)))
        supervisor = supervisor_configuration(node_processes(port))
        (self.layout.configuration / "supervisor.conf").write_text(supervisor, encoding="utf-8")
        remember_settings(self.layout.sysctl_file)
        make_control_groups()
        _spawn(self.layout)
        self._await(self._answers, "the API server", API_SECONDS)

    def stop(self) -> None:
        """Stop the containers, then everything else, and undo the node's changes to the machine. Keeps the data."""
        with held(MACHINE_LOCK, "portal down", brief=True, place="on this machine"):
            first = _process(self.layout)
            if first is not None:
                self._stop_containers()
                self._end(first, signal.SIGTERM)
            self._give_back(ran=first is not None)

    def delete(self) -> None:
        """Kill all processes at once, undo the node's changes to the machine, and delete the node's data."""
        with held(MACHINE_LOCK, "portal down", brief=True, place="on this machine"):
            first = _process(self.layout)
            if first is not None:
                self._end(first, signal.SIGKILL)
            self._give_back(ran=first is not None)
            if self.layout.root.is_dir():
                shutil.rmtree(self.layout.root)

    def _end(self, first: _First, how: signal.Signals) -> None:
        os.kill(first.inner, how)
        _await_end(first.outer)

    def _give_back(self, *, ran: bool) -> None:
        """Undo the node's changes to the machine, unless the node of another checkout is running and needs them.

        ``ran`` means that this node ran until now, so no other node can be running.
        """
        self.layout.process_file.unlink(missing_ok=True)
        if not ran and _other_node_runs():
            return
        if Path(f"/sys/class/net/{HOST_INTERFACE}").exists():
            output(["ip", "link", "delete", HOST_INTERFACE], env=_environment())
        remove_control_groups()
        restore_settings(self.layout.sysctl_file)

    def inside(self, *command: str | Path) -> list[str | Path]:
        """A command line that runs in the node's mount and PID namespaces, with the machine's network."""
        first = _process(self.layout)
        if first is None:
            raise PortalError("the local node is not running. Start it with `portal up`.")
        return ["nsenter", f"--target={first.inner}", "--mount", "--pid", "--", *command]

    def ctr(self, *words: str | Path) -> list[str | Path]:
        """A command line of containerd's client, for the images and containers of Kubernetes."""
        started_program(self.layout, "containerd/ctr")
        client = INSIDE / "programs" / "containerd" / "ctr"
        return self.inside(client, f"--address={CONTAINERD_SOCKET}", "--namespace=k8s.io", *words)

    def _answers(self) -> bool:
        try:
            output(
                [
                    self.kubectl,
                    f"--kubeconfig={self.layout.kubeconfigs}/admin",
                    f"--server={REMOTE_API}",
                    f"--cache-dir={self.layout.root.parent / 'kubectl'}",
                    "get",
                    "--raw",
                    "/readyz",
                ]
            )
        except PortalError:
            return False
        return True

    def _await(self, condition: Callable[[], bool], what: str, limit: float) -> None:
        deadline = time.monotonic() + limit
        while not condition():
            if not self.running():
                raise PortalError(f"the local node stopped while it was starting:\n  {self._last_words('boot')}")
            if time.monotonic() > deadline:
                raise PortalError(f"{what} did not answer within {limit:.0f} s; its log is in {self.layout.logs}")
            time.sleep(0.2)

    def _last_words(self, log: str) -> str:
        path = self.layout.logs / f"{log}.log"
        lines = path.read_text("utf-8").strip().splitlines() if path.is_file() else []
        return "\n  ".join(lines[-8:]) or "its log is empty"

    def _stop_containers(self) -> None:
        """Ask all containers to stop before the node does, so that databases can shut down cleanly."""
        control = (sys.executable, "-m", "supervisor.supervisorctl")
        server = f"--serverurl=unix://{SUPERVISOR_SOCKET}"
        try:
            output(self.inside(*control, server, "stop", "kubelet"))
            for container in output(self.ctr("tasks", "list", "--quiet")).split():
                _try(self.ctr("tasks", "kill", "--signal", "SIGINT", container))
            deadline = time.monotonic() + CONTAINER_STOP_SECONDS
            while "RUNNING" in output(self.ctr("tasks", "list")) and time.monotonic() < deadline:
                time.sleep(0.3)
        except PortalError:
            # If the node is only partly running, its containers cannot be asked.
            return


@dataclass(frozen=True)
class _First:
    """The node's outermost process (``unshare``) and its first process inside. Both are PIDs of the machine."""

    outer: int
    inner: int


@dataclass(frozen=True)
class NodeProcess:
    """The content of ``process.json``: the node's outermost process, and when it started."""

    pid: Annotated[int, Field(gt=1)]
    started: str | None


def _spawn(layout: NodeLayout) -> None:
    command = [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child=SIGKILL",
        "--propagation=private",
        "--mount-proc",
        sys.executable,
        "-m",
        "portal.node.boot",
        str(layout.root),
    ]
    with (layout.logs / "boot.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own words
            command,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
        )
    # The process waits for this message, and ends if this command is killed first. Otherwise, a node could run that
    # is not recorded, and no command could stop it.
    write_state(layout.process_file, NodeProcess(process.pid, started(process.pid)))
    # If it has ended already, its log says why.
    with suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as go:
        go.write(GO)


def _environment() -> dict[str, str]:
    """The environment of the node's programs: no variables of the user, and no proxy, because they need none."""
    return {"PATH": program_path(), "HOME": "/root", "LANG": "C.UTF-8"}


def _process(layout: NodeLayout) -> _First | None:
    fix = f"end the process `portal.node.boot` if it is still running, and delete {layout.process_file}"
    known = read_state(layout.process_file, NodeProcess, str(layout.process_file), fix)
    if known is None or started(known.pid) != known.started:
        return None
    try:
        children = Path(f"/proc/{known.pid}/task/{known.pid}/children").read_text(encoding="utf-8").split()
    except OSError:
        return None
    return _First(known.pid, int(children[0])) if children else None


def _await_end(pid: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    began = started(pid)
    while began is not None and started(pid) == began:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += STOP_SECONDS
        time.sleep(0.1)


def _try(command: list[str | Path]) -> None:
    try:
        output(command)
    except PortalError:
        return


def require_root() -> None:
    """Raise an error unless this is Linux and the user is root. Namespaces, mounts and control groups need both."""
    if sys.platform != "linux":
        raise SituationError(
            f"the local node needs Linux, and this machine has {sys.platform}",
            "start Docker (kind is used then), or name a cluster with --context",
        )
    if os.geteuid() != 0:
        raise SituationError(
            "the local node needs root",
            "run it with sudo, start Docker (kind is used then), or name a cluster with --context",
        )


def _require_no_other_node() -> None:
    if _other_node_runs():
        raise SituationError(
            "the local node of another checkout runs on this machine, and there can be only one",
            "run `portal down` in that checkout",
        )


def _other_node_runs() -> bool:
    """Whether a node is connected to the other end of the network link."""
    return Path(f"/sys/class/net/{HOST_INTERFACE}/carrier").exists() and bool(_carrier())


def _carrier() -> bool:
    try:
        return Path(f"/sys/class/net/{HOST_INTERFACE}/carrier").read_text(encoding="utf-8").strip() == "1"
    except OSError:
        return False
