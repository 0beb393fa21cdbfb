"""What a portal could leave on a machine: processes, mounts, interfaces, filter rules, kernel settings, files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

# Package caches and installed packages are announced (`portal doctor` lists them); the rest of these is the kernel's.
NOT_OURS = ("/proc", "/sys", "/dev")
ANNOUNCED = (
    *("/root/.cache", "/root/go", "/root/.npm", "/root/.yarn", "/root/.yarnrc.yml", "/root/.config/go"),
    # The browser of these tests.
    *("/root/.config/chromium", "/root/.pki"),
    *(
        "/usr",
        "/etc",
        "/var/lib/dpkg",
        "/var/lib/apt",
        "/var/cache",
        "/var/log/apt",
        "/var/log/dpkg.log",
        "/lib",
        "/sbin",
    ),
    *("/var/log/alternatives.log", "/var/lib/systemd", "/var/lib/containers"),
)
KERNEL_SETTINGS = (
    "vm.overcommit_memory",
    "vm.panic_on_oom",
    "kernel.panic",
    "kernel.panic_on_oops",
    "net.ipv4.ip_forward",
)


@dataclass(frozen=True)
class Machine:
    """A look at a machine."""

    processes: frozenset[str]
    mounts: frozenset[str]
    interfaces: frozenset[str]
    addresses: frozenset[str]
    routes: frozenset[str]
    rules: frozenset[str]
    settings: frozenset[str]
    control_groups: frozenset[str]
    namespaces: frozenset[str]
    files: frozenset[str]

    def difference(self, before: Machine) -> list[str]:
        """What is there now and was not, and the other way round."""
        return [
            f"{field.name}: {sign}{item}"
            for field in fields(self)
            for sign, left, right in (("+", self, before), ("-", before, self))
            for item in sorted(getattr(left, field.name) - getattr(right, field.name))
        ]


def look(outside: Iterable[Path]) -> Machine:
    """Look now. Files below ``outside`` do not count: they are the test's own."""
    return Machine(
        processes=frozenset(_processes()),
        mounts=frozenset(
            line.split(" - ")[0].split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()
        ),
        interfaces=frozenset(path.name for path in Path("/sys/class/net").iterdir()),
        addresses=_lines("ip", "-brief", "address"),
        routes=_lines("ip", "route"),
        rules=frozenset(line for table in ("iptables-save", "ip6tables-save", "ipset") for line in _filter(table)),
        settings=_lines("sysctl", *KERNEL_SETTINGS),
        control_groups=frozenset(_control_groups()),
        namespaces=_lines("ip", "netns", "list"),
        files=frozenset(_files([Path(path) for path in (*NOT_OURS, *ANNOUNCED)] + list(outside))),
    )


def _processes() -> Iterable[str]:
    """Command lines that a portal could have started: kernel threads and this test have none of these words."""
    words = re.compile(
        r"kube|etcd|containerd|supervisord|slirp4netns|socat|coredns|buildah|network-policies|node packages"
    )
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_text().replace("\0", " ").strip()
            except OSError:
                continue
            if words.search(line):
                yield line


def _lines(*command: str) -> frozenset[str]:
    if shutil.which(command[0]) is None:
        return frozenset()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return frozenset(line.strip() for line in ended.stdout.splitlines() if line.strip())


def _filter(program: str) -> Iterable[str]:
    lines = _lines(program, "list") if program == "ipset" else _lines(program)
    return (re.sub(r"\[\d+:\d+\]", "", line) for line in lines if not line.startswith("#"))


def _control_groups() -> Iterable[str]:
    for folder, folders, _ in os.walk("/sys/fs/cgroup"):
        yield from (f"{folder}/{name}" for name in folders if "portal" in name)


def _files(skipped: list[Path]) -> Iterable[str]:
    skip = {str(path) for path in skipped}
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in skip]  # noqa: PTH118 - a million times
        for name in files:
            path = os.path.join(folder, name)  # noqa: PTH118
            if path not in skip:
                yield path
