"""The npm packages without a checksum in ``app/yarn.lock``. Their hashes are in ``app/unlocked-packages.json``.

Yarn writes no checksum for a package that is only for certain systems, and does not verify it after a download
(https://github.com/yarnpkg/berry/blob/master/packages/yarnpkg-core/sources/Project.ts, conditionalLocators). Such
packages are native programs, and they run while the app is built.

``portal lock`` downloads the tarball of each such package, and requires it to have the integrity that the registry
states for that version. It records this integrity, and a hash of the files in the tarball. After each install, the
files that Yarn wrote to ``node_modules`` must have this hash. Like ``yarn.lock`` itself, this trusts the registry when
``portal lock`` runs, and nobody afterwards. It records the packages for all systems that a portal is built on or for:
Linux with glibc and macOS, each on x64 and arm64.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from portal.base.archive import unpack
from portal.base.errors import PortalError, SituationError
from portal.base.json_file import read_json_object
from portal.base.json_types import is_mapping
from portal.base.process import output
from portal.base.progress import Phase
from portal.image.toolchain import npm_command
from portal.release.locked_packages import RESOLUTION

FILE = "unlocked-packages.json"

_SYSTEMS: Mapping[str, frozenset[str]] = {
    "os": frozenset({"linux", "darwin"}),
    "cpu": frozenset({"x64", "arm64"}),
    "libc": frozenset({"glibc"}),
}
# In Backstage 1.55, the native part of an npm package has up to about 60 MiB.
LIMIT = 512 * 2**20

_CHECKSUM = re.compile(r"^  checksum: ", re.MULTILINE)
_CONDITIONS = re.compile(r"^  conditions: (.+)$", re.MULTILINE)
_CONDITION = re.compile(r"(\w+)=(\w+)")
# An entry in Yarn's list of installed packages and their folders.
_INSTALLED = re.compile(
    r'^"(@?[^@"]+)@(?:virtual:[^"#]+#)?npm:([^"]+)":\n  locations:\n((?:    - .+\n)+)', re.MULTILINE
)
_LOCATION = re.compile(r'    - "?([^"\n]+)"?\n')


def unlocked_packages(lock: str) -> dict[str, str]:
    """The packages without a checksum in the text of a ``yarn.lock``: Yarn's conditions by ``name@version``.

    Does not return patched packages. Yarn makes each of them from a package that has its own entry.
    """
    found: dict[str, str] = {}
    for entry in lock.split("\n\n"):
        resolution = RESOLUTION.search(entry)
        if resolution is not None and _CHECKSUM.search(entry) is None:
            conditions = _CONDITIONS.search(entry)
            found[f"{resolution[1]}@{resolution[2]}"] = conditions[1] if conditions else ""
    return found


def packages_of_other_systems(lock: str, cpu: str) -> frozenset[str]:
    """The packages (``name@version``) in the text of a ``yarn.lock`` that are not for Linux with glibc on ``cpu``."""
    here = {"os": {"linux"}, "cpu": {cpu}, "libc": {"glibc"}}
    entries = ((RESOLUTION.search(entry), _CONDITIONS.search(entry)) for entry in lock.split("\n\n"))
    return frozenset(
        f"{resolution[1]}@{resolution[2]}"
        for resolution, conditions in entries
        if resolution is not None and conditions is not None and not _conditions_met(conditions[1], here)
    )


def recorded_packages(lock: str, app: Path, phase: Phase) -> dict[str, dict[str, str]]:
    """The integrity and the hash of each unlocked package in ``lock`` that is for one of our systems.

    Keeps what ``app`` has already recorded, because a published version never changes. Raises PortalError if a tarball
    does not have the integrity that the registry states.
    """
    known = _recorded(app)
    packages = sorted(
        name for name, conditions in unlocked_packages(lock).items() if _conditions_met(conditions, _SYSTEMS)
    )
    return {package: known.get(package) or _from_registry(package, phase) for package in packages}


def require_recorded(installed: Path, app: Path, record: Mapping[str, Mapping[str, str]] | None = None) -> None:
    """Raise an error if an installed unlocked package has other files than those that were recorded.

    ``installed`` is a folder with Yarn's ``node_modules`` and ``yarn.lock``. ``record`` is by default that of ``app``.
    """
    unlocked = unlocked_packages((installed / "yarn.lock").read_text(encoding="utf-8"))
    expected = record if record is not None else _recorded(app)
    for package, folder in installed_packages(installed):
        if package not in unlocked:
            continue
        if package not in expected:
            raise SituationError(
                f"app/yarn.lock has no checksum for {package}, and app/{FILE} has none either",
                f"run `portal lock`, and commit app/{FILE}",
            )
        if files_hash(folder) != expected[package]["files"]:
            raise PortalError(
                f"{package} was installed with other files than those that the registry had when it was locked."
                " Nothing was built. Remove it from Yarn's cache (`yarn cache clean`), and find out where it came from."
            )


def files_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of a package's files. Ignores file modes, because Yarn sets its own."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()):
        name = path.relative_to(folder)
        if "node_modules" not in name.parts:
            content = path.readlink().as_posix().encode() if path.is_symlink() else path.read_bytes()
            digest.update(f"{name.as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _recorded(app: Path) -> dict[str, dict[str, str]]:
    path = app / FILE
    if not path.is_file():
        return {}
    fix = "delete this file, and run `portal lock`, which writes it again"
    record: dict[str, dict[str, str]] = {}
    for package, entry in read_json_object(path, f"app/{FILE}", fix).items():
        if not is_mapping(entry) or sorted(entry) != ["files", "integrity"]:
            raise SituationError(f"{package} must have the hashes `files` and `integrity`", fix, where=f"app/{FILE}")
        record[package] = {str(key): str(value) for key, value in entry.items()}
    return record


def _conditions_met(conditions: str, systems: Mapping[str, Collection[str]]) -> bool:
    """Whether Yarn may install a package on any of some systems. Conditions with ``|`` or ``!`` count as met."""
    if "|" in conditions or "!" in conditions:
        return True
    return all(value in systems.get(name, {value}) for name, value in _CONDITION.findall(conditions))


def _from_registry(package: str, phase: Phase) -> dict[str, str]:
    phase.update(package)
    stated: Any = json.loads(output([*npm_command(), "view", package, "dist.integrity", "--json"]))
    if not isinstance(stated, str) or not stated.startswith("sha512-"):
        raise PortalError(f"the npm registry states no SHA-512 for {package}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        output([*npm_command(), "pack", "--silent", package], cwd=folder)
        archive = next(folder.glob("*.tgz"))
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{found}" != stated:
            raise PortalError(f"{package} from the npm registry has the hash sha512-{found} instead of {stated}")
        unpacked = folder / "unpacked"
        unpacked.mkdir()
        unpack(archive, unpacked, limit=LIMIT)
        # The top folder of a tarball can have any name, and npm accepts all of them.
        (top,) = unpacked.iterdir()
        return {"files": files_hash(top), "integrity": stated}


def installed_packages(root: Path) -> list[tuple[str, Path]]:
    """Every package that Yarn installed: ``name@version`` and a folder. PortalError if Yarn's list cannot be read."""
    path = root / "node_modules" / ".yarn-state.yml"
    state = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = [
        (f"{name}@{version}", root / location)
        for name, version, locations in _INSTALLED.findall(state)
        for location in _LOCATION.findall(locations)
    ]
    if not found:
        raise PortalError(f"{path} does not say what Yarn installed, so the packages cannot be compared")
    return found
