"""Kernel settings and control groups: the node changes them on the machine, and undoes that later.

Also finds the PATH for the node's programs.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from portal.base.json_file import read_state, write_state
from portal.node.layout import CGROUP

# The kubelet sets these for the whole machine (pkg/kubelet/cm, setupKernelTunables).
KERNEL_SETTINGS = (
    "kernel/keys/root_maxbytes",
    "kernel/keys/root_maxkeys",
    "kernel/panic",
    "kernel/panic_on_oops",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
)
_SYSCTL = Path("/proc/sys")
_CGROUPS = Path("/sys/fs/cgroup")


def program_path() -> str:
    """The PATH for the node's programs. Root's own PATH often lacks the folders in which Debian has many of them."""
    own = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join([*own, *(folder for folder in ("/usr/sbin", "/sbin") if folder not in own)])


def remember_settings(file: Path) -> None:
    """Save the current kernel settings, unless an earlier run has already saved them."""
    if not file.is_file():
        values = {
            name: (_SYSCTL / name).read_text("utf-8").strip() for name in KERNEL_SETTINGS if (_SYSCTL / name).is_file()
        }
        write_state(file, values)


def restore_settings(file: Path) -> None:
    """Restore the kernel settings to what they were before the node started."""
    fix = f"delete {file}; the kernel settings then stay as the node set them until the machine starts again"
    known = read_state(file, dict[str, str], str(file), fix)
    if known is None:
        return
    for name in KERNEL_SETTINGS:
        value = known.get(name)
        if value is not None and (_SYSCTL / name).read_text("utf-8").strip() != value:
            (_SYSCTL / name).write_text(value, "utf-8")
    file.unlink()


def _hierarchies() -> list[Path]:
    """The roots of the control group hierarchies: one with cgroup v2, one per controller with v1."""
    if (_CGROUPS / "cgroup.controllers").is_file():
        return [_CGROUPS]
    return [
        path
        for path in sorted(_CGROUPS.iterdir())
        if path.is_dir() and not path.is_symlink() and path.name != "unified"
    ]


def make_control_groups() -> None:
    """Create a control group for the node in each hierarchy. Those of its pods are below it, and removed with it."""
    for root in _hierarchies():
        (root / CGROUP).mkdir(exist_ok=True)


def remove_control_groups() -> None:
    """Remove the node's control groups. All processes in them must have ended."""
    for root in [*_hierarchies(), _CGROUPS / "unified"]:
        for folder, _, _ in os.walk(root / CGROUP, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
