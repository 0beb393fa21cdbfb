"""The first process inside the node's namespaces: prepares mounts and network, then becomes supervisor.

Runs as process 1 of a PID namespace of its own, so that everything ends when it ends: processes, mounts, network, all.
Called by ``lifecycle``, never by people.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from portal.base.process import output
from portal.node.layout import (
    HOST_ADDRESS,
    HOST_INTERFACE,
    INSIDE,
    LINK_PREFIX,
    NETWORK_NAMESPACE,
    NODE_ADDRESS,
    SERVICE_NETWORK,
)

# The word to begin: by then it is written down which process this is.
GO = b"go"

# Folders that the node's programs write to by fixed names. Their content stays visible; what is new stays in here.
SHADOWED = ("/run", "/var/lib", "/var/log")


def boot(folder: Path) -> None:
    """Prepare, then turn into supervisor. ``folder`` is the node's as the machine sees it."""
    for path in SHADOWED:
        _shadow(Path(path), folder / "stage")
    INSIDE.mkdir()
    output(["mount", "--bind", folder, INSIDE])
    # Volumes of pods have to reach containers that are there already.
    output(["mount", "--make-rshared", "/"])
    _network()
    # By this Python: the script of that name begins with a path, and a path with spaces would not be understood there.
    command = [sys.executable, "-m", "supervisor.supervisord"]
    os.execv(command[0], [*command, "--configuration", f"{INSIDE}/configuration/supervisor.conf"])  # noqa: S606


def _shadow(folder: Path, stage: Path) -> None:
    """Put a folder in memory over ``folder``, with everything that was in it mounted into its place.

    The folder is made at ``stage`` first and moved, so that nothing is ever missing.
    """
    stage.mkdir(exist_ok=True)
    output(["mount", "--types", "tmpfs", "--options", "mode=755", "portal-node", stage])
    for entry in sorted(folder.iterdir()):
        target = stage / entry.name
        if entry.is_symlink():
            target.symlink_to(entry.readlink())
        elif entry.is_dir():
            target.mkdir()
            output(["mount", "--rbind", entry, target])
        elif entry.is_file():
            target.touch()
            output(["mount", "--bind", entry, target])
    output(["mount", "--move", stage, folder])


def _network() -> None:
    """A network namespace with a link to the machine, and forwarding between pods inside it."""
    name = NETWORK_NAMESPACE.name
    output(["ip", "netns", "add", name])
    output(["ip", "link", "add", HOST_INTERFACE, "type", "veth", "peer", "name", "eth0", "netns", name])
    output(["ip", "address", "add", f"{HOST_ADDRESS}/{LINK_PREFIX}", "dev", HOST_INTERFACE])
    output(["ip", "link", "set", HOST_INTERFACE, "up"])
    # Not `ip netns exec`: it remounts /sys and hides the cgroups.
    inside = ["nsenter", f"--net={NETWORK_NAMESPACE}", "--"]
    output([*inside, "ip", "link", "set", "lo", "up"])
    output([*inside, "ip", "address", "add", f"{NODE_ADDRESS}/{LINK_PREFIX}", "dev", "eth0"])
    output([*inside, "ip", "link", "set", "eth0", "up"])
    output([*inside, "sysctl", "-qw", "net.ipv4.ip_forward=1"])
    # A Service's address that is not programmed yet would leave by the way out, where anything may answer.
    refuse = ["--destination", SERVICE_NETWORK, "--jump", "REJECT"]
    output([*inside, "iptables", "--wait", "--append", "FORWARD", *refuse])


if __name__ == "__main__":
    if sys.stdin.buffer.read() != GO:
        sys.exit("the command that started the node ended before it could write down which process it is")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    boot(Path(sys.argv[1]))
