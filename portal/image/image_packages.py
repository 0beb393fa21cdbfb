"""What an image says about the packages of its base: Debian's, and Node. Reads an OCI archive, and runs nothing.

Debian's own database of packages is ``/var/lib/dpkg/status``. An image that was assembled from unpacked packages has
one file for each in ``/var/lib/dpkg/status.d``. Node's official images say its version in ``NODE_VERSION``
(https://github.com/nodejs/docker-node), and so does ours.

Does not see what belongs to no package, and no layer with a compression that Python cannot read.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from portal.base.errors import PortalError
from portal.image.rootfs import RECORDED_PACKAGES

_STATUS = "var/lib/dpkg/status"
_SYSTEM = "usr/lib/os-release"
# All that our Containerfile copies is below it.
_OURS = "app"


@dataclass(frozen=True, order=True)
class DebianPackage:
    """An installed Debian package."""

    name: str
    version: str
    architecture: str


@dataclass(frozen=True)
class ImagePackages:
    """What the base of an image contains. If it does not say, ``node`` and ``system`` are None and ``debian`` is empty.

    ``system`` is the id and the version of the distribution, such as ``("debian", "13")``.
    """

    node: str | None = None
    system: tuple[str, str] | None = None
    debian: tuple[DebianPackage, ...] = ()


def image_packages(archive: Path) -> ImagePackages:
    """The packages of the one image in an OCI archive. PortalError if the archive cannot be read."""
    try:
        with tarfile.open(archive) as image:
            manifest = _json(image, _blob(_json(image, "index.json")["manifests"][0]["digest"]))
            settings: list[str] = _json(image, _blob(manifest["config"]["digest"]))["config"].get("Env") or []
            files: dict[str, bytes] = {}
            for layer in manifest["layers"]:
                files.update(_interesting(_opened(image, _blob(layer["digest"]))))
    except (OSError, EOFError, tarfile.TarError, KeyError, IndexError, TypeError, ValueError) as error:
        raise PortalError(f"{archive} cannot be read ({type(error).__name__}: {error})") from error
    return ImagePackages(_assigned(settings).get("NODE_VERSION"), _system(files.get(_SYSTEM, b"")), _debian(files))


def _interesting(layer: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """The files of a layer that say something about packages, by path. Skips the layers that we copied."""
    with tarfile.open(fileobj=layer) as files:
        for member in files:
            path = member.name.removeprefix("./").strip("/")
            if path.partition("/")[0] == _OURS:
                return
            if member.isfile() and (path in {_STATUS, _SYSTEM} or path.startswith(f"{RECORDED_PACKAGES}/")):
                found = files.extractfile(member)
                if found is not None:
                    yield path, found.read()


def _debian(files: dict[str, bytes]) -> tuple[DebianPackage, ...]:
    """The packages in Debian's control files (https://www.debian.org/doc/debian-policy/ch-controlfields.html)."""
    found: set[DebianPackage] = set()
    for path, content in files.items():
        if path == _SYSTEM or path.endswith(".md5sums"):
            continue
        for paragraph in content.decode(errors="replace").split("\n\n"):
            fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
            installed = fields.get("Status", "install ok installed").endswith(" installed")
            if installed and "Package" in fields and "Version" in fields:
                found.add(DebianPackage(fields["Package"], fields["Version"], fields.get("Architecture", "")))
    return tuple(sorted(found))


def _system(release: bytes) -> tuple[str, str] | None:
    """Source: https://www.freedesktop.org/software/systemd/man/latest/os-release.html."""
    values = _assigned(release.decode(errors="replace").splitlines())
    name, version = (values.get(key, "").strip("\"'") for key in ("ID", "VERSION_ID"))
    return (name, version) if name and version else None


def _assigned(lines: Iterable[str]) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _json(image: tarfile.TarFile, name: str) -> dict[str, Any]:
    return json.load(_opened(image, name))


def _opened(image: tarfile.TarFile, name: str) -> IO[bytes]:
    file = image.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file
