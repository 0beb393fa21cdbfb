"""What the node takes from Debian: packages that are installed, and programs that are only unpacked into the cache."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from portal.base.canonical import content_hash
from portal.base.checkout import cache_folder
from portal.base.errors import PortalError
from portal.base.files import made_whole
from portal.base.process import output, run
from portal.base.progress import Phase

# Installed where they are missing or older; `portal doctor` lists them, as `down --delete-data` leaves them.
INSTALLED: Mapping[str, str] = {
    "binutils": "2.35",
    "buildah": "1.28",
    "iproute2": "5.10",
    "ipset": "7.10",
    "iptables": "1.8.7",
    "procps": "3.3",
    "runc": "1.1.5",
    "slirp4netns": "1.2.0",
    "socat": "1.7.4",
    "util-linux": "2.36",
}

# Unpacked only: installing etcd-server would start a service of the machine's.
UNPACKED: Mapping[str, str] = {"etcd-server": "3.4", "containernetworking-plugins": "1.1", "busybox-static": "1.30"}


def missing_packages() -> list[str]:
    """The packages of :data:`INSTALLED` that are not there, or older."""
    if shutil.which("dpkg-query") is None:
        return sorted(INSTALLED)
    return sorted(name for name, least in INSTALLED.items() if not _installed(name, least))


def install_packages(phase: Phase, log: Path) -> list[str]:
    """Install what is missing, and return its names."""
    missing = missing_packages()
    if not missing:
        return []
    if shutil.which("apt-get") is None:
        raise PortalError(
            f"the local node needs {', '.join(missing)}, and this machine has no apt. Use kind or another cluster."
        )
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    phase.update("apt-get update")
    run(["apt-get", "update"], env=environment, log=log)
    phase.update(", ".join(missing))
    run(["apt-get", "install", "--yes", "--no-install-recommends", *missing], env=environment, log=log)
    return missing


def unpacked(log: Path) -> Path:
    """The folder with the contents of the :data:`UNPACKED` packages, fetched on first use in that day's versions."""
    folder = cache_folder() / "debian" / content_hash(dict(UNPACKED))
    if not folder.is_dir():
        wanted = _wanted(log)
        with made_whole(folder) as partial:
            downloads = partial / "downloads"
            downloads.mkdir(parents=True)
            run(["apt-get", "download", *wanted], cwd=downloads, log=log)
            for archive in sorted(downloads.iterdir()):
                run(["dpkg-deb", "--extract", archive, partial], log=log)
            shutil.rmtree(downloads)
    return folder


def _wanted(log: Path) -> list[str]:
    """Name and version of each package to unpack; where the lists have none, after one look at Debian's newest."""
    try:
        return [f"{name}={_candidate(name, least)}" for name, least in UNPACKED.items()]
    except PortalError:
        run(["apt-get", "update"], log=log)
        return [f"{name}={_candidate(name, least)}" for name, least in UNPACKED.items()]


def _installed(name: str, least: str) -> bool:
    try:
        found = output(["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", name]).split()
    except PortalError:
        return False
    return len(found) == 2 and found[0] == "installed" and _at_least(found[1], least)


def _candidate(name: str, least: str) -> str:
    for line in output(["apt-cache", "policy", name]).splitlines():
        if line.strip().startswith("Candidate:"):
            version = line.split()[1]
            if version != "(none)" and _at_least(version, least):
                return version
    raise PortalError(f"Debian's package lists have no {name} {least} or newer. Run apt-get update.")


def _at_least(version: str, least: str) -> bool:
    try:
        output(["dpkg", "--compare-versions", version, "ge", least])
    except PortalError:
        return False
    return True
