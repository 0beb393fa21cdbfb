"""Make root filesystems for images from Debian packages, on machines that cannot reach a container registry."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.process import output, run

RECORDED_PACKAGES = "var/lib/dpkg/status.d"

_DOCUMENTS = ("usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/bug")

PASSWD = "root:x:0:0::/:/sbin/nologin\n{name}:x:10001:10001::/:/sbin/nologin\n"  # noqa: S105 - no password
GROUP = "root:x:0:\n{name}:x:10001:\n"


def package_versions(packages: Sequence[str]) -> dict[str, str]:
    """The versions that Debian's package lists offer now. Raises PortalError if the machine has no apt."""
    if shutil.which("apt-cache") is None or shutil.which("dpkg-deb") is None:
        raise PortalError(
            "no container registry answers, and a base image cannot be assembled without apt."
            " Use a network with access to a registry, or use Debian."
        )
    versions: dict[str, str] = {}
    for block in output(["apt-cache", "policy", *packages], env={"LC_ALL": "C"}).split("\n\n"):
        name = ""
        for line in block.splitlines():
            if line and not line.startswith(" "):
                name = line.rstrip(":")
            if line.strip().startswith("Candidate:"):
                versions[name] = line.split()[1]
    missing = [name for name in packages if versions.get(name, "(none)") == "(none)"]
    if missing:
        raise PortalError(f"Debian's package lists have no {', '.join(missing)}. Run apt-get update.")
    return versions


def unpack_packages(packages: Sequence[str], downloads: Path, root: Path, log: Path) -> None:
    """Download Debian packages and unpack them below ``root``. Runs none of their scripts.

    Removes all documents except licenses. Records each package in the folder where scanners of images look for packages
    that dpkg did not install (https://github.com/GoogleContainerTools/distroless, PACKAGE_METADATA.md).
    """
    downloads.mkdir(parents=True, exist_ok=True)
    versions = package_versions(packages)
    run(["apt-get", "download", *(f"{n}={v}" for n, v in versions.items())], cwd=downloads, log=log)
    for name, version in versions.items():
        wanted = f"{name}_{version.replace(':', '%3a')}_"
        archive = next((p for p in sorted(downloads.iterdir()) if p.name.startswith(wanted)), None)
        if archive is None:
            raise PortalError(f"apt-get downloaded no file for {name} {version}")
        root.mkdir(parents=True, exist_ok=True)
        run(["dpkg-deb", "--extract", archive, root], log=log)
        write_whole(root / RECORDED_PACKAGES / name, output(["dpkg-deb", "--field", archive]), 0o644)
    for folder in _DOCUMENTS:
        _drop_documents(root / folder)


def write_accounts(root: Path, name: str) -> None:
    """Write one unprivileged account, with the id 10001. The portal's pods run as this user."""
    for file, text in (("etc/passwd", PASSWD), ("etc/group", GROUP)):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text.format(name=name), "utf-8")
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)


def write_authorities(root: Path) -> None:
    """Bundle the unpacked certificate authorities, as the package's own script would do."""
    folder = root / "usr/share/ca-certificates"
    bundle = b"".join(path.read_bytes().rstrip() + b"\n" for path in sorted(folder.rglob("*.crt")))
    target = root / "etc/ssl/certs/ca-certificates.crt"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(bundle)


def _drop_documents(folder: Path) -> None:
    for here, _, files in os.walk(folder, topdown=False):
        for name in files:
            if name != "copyright":
                (Path(here) / name).unlink()
        if not any(Path(here).iterdir()):
            Path(here).rmdir()
