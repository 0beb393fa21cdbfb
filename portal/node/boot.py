"""The first process inside the node's namespaces. It prepares mounts and network, then becomes supervisor.

It is process 1 of its own PID namespace. When it ends, all processes, mounts and networks of the node end too. Only
``lifecycle`` starts it; people do not.
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

# The message to begin. It arrives after the parent has written the id of this process to ``process.json``.
GO = b"go"

# Folders in which the node's programs use fixed paths. Existing content stays visible, and new files stay in the node.
SHADOWED = ("/run", "/var/lib", "/var/log")


def boot(folder: Path) -> None:
    """Prepare mounts and network, then become supervisor. ``folder`` is the node's folder, as the machine sees it."""
    for path in SHADOWED:
        _shadow(Path(path), folder / "stage")
    INSIDE.mkdir()
    output(["mount", "--bind", folder, INSIDE])
    # Volumes that are mounted later have to be visible in containers that already run.
    output(["mount", "--make-rshared", "/"])
    _network()
    # Not the script `supervisord`: its first line is the path of Python, which does not work if it contains spaces.
    command = [sys.executable, "-m", "supervisor.supervisord"]
    os.execv(command[0], [*command, "--configuration", f"{INSIDE}/configuration/supervisor.conf"])  # noqa: S606


def _shadow(folder: Path, stage: Path) -> None:
    """Mount a tmpfs over ``folder``, and mount everything that was in ``folder`` into it.

    The tmpfs is prepared at ``stage`` and then moved, so that no file is missing at any time.
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
    """Create a network namespace that has a link to the machine and forwards traffic between its pods."""
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
    # Traffic to a Service that has no rules yet would leave the node, and any host outside might answer.
    refuse = ["--destination", SERVICE_NETWORK, "--jump", "REJECT"]
    output([*inside, "iptables", "--wait", "--append", "FORWARD", *refuse])


if __name__ == "__main__":
    if sys.stdin.buffer.read() != GO:
        sys.exit("the command that started the node ended before it could write down which process it is")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    boot(Path(sys.argv[1]))
