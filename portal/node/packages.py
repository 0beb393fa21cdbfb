"""What the node needs from Debian: packages to install, and packages to unpack into the cache folder only.

Removes, replaces and stops nothing on the machine. A package is missing only if its programs are missing. For example,
containerd.io contains runc, and installing Debian's runc would remove containerd.io, and Docker with it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.base.canonical import content_hash
from portal.base.checkout import cache_folder
from portal.base.errors import PortalError, SituationError
from portal.base.files import made_whole
from portal.base.process import output, run, run_undisturbed
from portal.base.progress import Progress
from portal.image.rootfs import package_versions
from portal.node.machine import program_path


@dataclass(frozen=True)
class Needed:
    """A package: the programs that the node calls, and the oldest version that is known to work."""

    least: str
    programs: tuple[str, ...]


# `portal doctor` lists these packages, because `portal down --delete-data` does not remove them.
INSTALLED: Mapping[str, Needed] = {
    "binutils": Needed("2.35", ("strip",)),
    "buildah": Needed("1.28", ("buildah",)),
    "iproute2": Needed("5.10", ("ip",)),
    "ipset": Needed("7.10", ("ipset",)),
    "iptables": Needed("1.8.7", ("iptables", "iptables-save", "iptables-restore")),
    "procps": Needed("3.3", ("sysctl",)),
    "runc": Needed("1.1.5", ("runc",)),
    "slirp4netns": Needed("1.2.0", ("slirp4netns",)),
    "socat": Needed("1.7.4", ("socat",)),
    "util-linux": Needed("2.36", ("nsenter", "unshare")),
}

# These are only unpacked, because installing etcd-server would start a service on the machine.
UNPACKED: Mapping[str, str] = {"etcd-server": "3.4", "containernetworking-plugins": "1.1", "busybox-static": "1.30"}

# The output of apt is parsed, so it has to be in English. needrestart must not restart services of the machine, and
# changed configuration files stay as they are.
_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C", "NEEDRESTART_SUSPEND": "1"}
# A new machine first updates itself, and holds dpkg's lock for a while.
_WAIT = "--option=DPkg::Lock::Timeout=60"
_KEEP = ("--option=Dpkg::Options::=--force-confdef", "--option=Dpkg::Options::=--force-confold")
_INSTALL = ("install", "--yes", "--no-remove", "--no-install-recommends", _WAIT, *_KEEP)

# Lines of a simulation: `Inst name [old version] (new version …)`, `Remv name [version]` (apt-get(8), --simulate).
_STEP = re.compile(r"(Inst|Remv) (\S+)(?: \[([^]]*)\])?")


@dataclass
class Changes:
    """The changes that apt would make."""

    installed: list[str] = field(default_factory=list[str])
    upgraded: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])


def missing_packages() -> list[str]:
    """The packages of :data:`INSTALLED` whose programs are missing, or that are too old."""
    if shutil.which("dpkg-query") is None:
        return sorted(INSTALLED)
    return sorted({*_without_program(), *_too_old()})


def install_packages(progress: Progress, log: Path) -> None:
    """Install missing packages. Announces them first, and raises an error if apt would remove anything."""
    missing, old = _without_program(), _too_old()
    if shutil.which("apt-get") is None:
        wanted = ", ".join(sorted({*missing, *UNPACKED}))
        raise PortalError(f"the local node needs {wanted}, and this machine has no apt. Use kind or another cluster.")
    if old:
        raise SituationError(
            f"the local node needs newer versions of what this machine has: "
            f"{', '.join(f'{name} {INSTALLED[name].least}' for name in old)}",
            "upgrade them with apt-get, or use kind or another cluster",
        )
    if not missing:
        return
    with progress.phase("Look for Debian packages") as phase:
        phase.update("apt-get update")
        stale = _update(log)
        try:
            changes = planned_changes(missing)
        except PortalError as error:
            raise stale or error from error
    _require_no_removal(missing, changes)
    progress.note(announcement(missing, changes))
    with progress.phase("Install Debian packages") as phase:
        phase.update(", ".join(missing))
        run_undisturbed(["apt-get", *_INSTALL, *missing], env=_ENVIRONMENT, log=log)


def planned_changes(packages: Sequence[str]) -> Changes:
    """What installing packages would change on this machine. Changes nothing."""
    said = output(["apt-get", "install", "--simulate", "--yes", "--no-install-recommends", *packages], env=_ENVIRONMENT)
    changes = Changes()
    for line in said.splitlines():
        if step := _STEP.match(line):
            what, name, old = step.groups()
            (changes.removed if what == "Remv" else changes.upgraded if old else changes.installed).append(name)
    return changes


def announcement(wanted: Sequence[str], changes: Changes) -> str:
    """The message that tells the user what will be installed."""
    others = [name for name in changes.installed if name not in wanted]
    said = f"Debian packages that will be installed: {', '.join(wanted)}"
    if others:
        said += f", and what they need: {', '.join(others)}"
    if changes.upgraded:
        said += f". They need newer versions of {', '.join(changes.upgraded)}"
    return f"{said}. Nothing is removed."


def _require_no_removal(wanted: Sequence[str], changes: Changes) -> None:
    if changes.removed:
        raise SituationError(
            f"to install {', '.join(wanted)}, apt would remove {', '.join(changes.removed)} from this machine,"
            " and nothing was changed",
            "start Docker (kind is used then), name a cluster with --context, or install those packages yourself",
        )


def _update(log: Path) -> PortalError | None:
    """Update apt's package lists. Returns an error instead of raising it: one failed source may not matter."""
    try:
        run(["apt-get", "update"], env=_ENVIRONMENT, log=log)
    except PortalError as error:
        return error
    return None


def unpacked(log: Path) -> Path:
    """The folder with the contents of the :data:`UNPACKED` packages, in the versions that apt's lists offer now.

    So a version of etcd with a fix is used as soon as it is in apt's lists. Without a network, an earlier version is
    used.
    """
    root = cache_folder() / "debian"
    try:
        versions = _offered(log)
        folder = root / content_hash(versions)
        if not folder.is_dir():
            _unpack(versions, folder, log)
    except PortalError:
        earlier = [folder for folder in root.glob("[!.]*") if folder.is_dir()]
        if not earlier:
            raise
        return max(earlier, key=lambda folder: folder.stat().st_mtime)
    return folder


def _unpack(versions: Mapping[str, str], folder: Path, log: Path) -> None:
    with made_whole(folder) as partial:
        downloads = partial / "downloads"
        downloads.mkdir(parents=True)
        wanted = [f"{name}={version}" for name, version in versions.items()]
        run(["apt-get", "download", *wanted], cwd=downloads, log=log)
        for archive in sorted(downloads.iterdir()):
            run(["dpkg-deb", "--extract", archive, partial], log=log)
        shutil.rmtree(downloads)


def _offered(log: Path) -> dict[str, str]:
    """The version of each package to unpack. If apt's lists have none that is new enough, updates them once."""
    try:
        return _versions()
    except PortalError:
        _update(log)
        return _versions()


def _versions() -> dict[str, str]:
    versions = package_versions(list(UNPACKED))
    for name, least in UNPACKED.items():
        if not _at_least(versions[name], least):
            raise PortalError(f"Debian's package lists have no {name} {least} or newer. Run apt-get update.")
    return versions


def _without_program() -> list[str]:
    path = program_path()
    return sorted(
        name
        for name, needed in INSTALLED.items()
        if any(shutil.which(program, path=path) is None for program in needed.programs)
    )


def _too_old() -> list[str]:
    """Installed packages that are too old. Does not check programs that were installed in another way."""
    try:
        said = output(
            ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status} ${Version}\\n", "*"],
            env=_ENVIRONMENT,
        )
    except PortalError:
        return []
    known = {name: (status, version) for name, status, version in map(_triple, said.splitlines())}
    return sorted(
        name
        for name, needed in INSTALLED.items()
        if (found := known.get(name)) and found[0] == "installed" and not _at_least(found[1], needed.least)
    )


def _triple(line: str) -> tuple[str, str, str]:
    name, status, version, *_ = [*line.split(), "", "", ""]
    return name, status, version


def _at_least(version: str, least: str) -> bool:
    try:
        output(["dpkg", "--compare-versions", version, "ge", least])
    except PortalError:
        return False
    return True
