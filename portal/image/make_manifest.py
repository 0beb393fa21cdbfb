"""Write the manifest of a Backstage release from the npm registry (``make manifest RELEASE=1.56.0``).

The versions come from three sources, in this order:

1. ``@backstage/create-app`` of that release has the versions of the packages in its template.
2. The dependencies of these packages, and in turn the dependencies of those. Peer dependencies count too.
3. The other packages of the newest existing manifest, and those named on the command line. Each gets the version that
   depends on the packages of the release.

The packages that our own sources import, and the resolutions, are copied from the newest manifest. ``portal lock`` and
a build show whether they still work.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from portal.base.archive import unpack
from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.files import write_whole
from portal.base.json_types import is_list, is_mapping
from portal.base.printer import Printer
from portal.base.process import output
from portal.base.progress import Progress, progress_for
from portal.image.toolchain import npm_command
from portal.release.release_versions import (
    Asks,
    older_than_release,
    parsed,
    version_in_release,
    with_what_they_ask_for,
)

CREATE_APP = "@backstage/create-app"
# How many of create-app's newest versions are downloaded to find the one of a release.
OPENED = 12
LOOK_UPS_AT_A_TIME = 4

_RELEASE = re.compile(r"\d+\.\d+\.\d+")
# In create-app's bundle, each package.json is a module that has only the version. One module lists all of them.
_BUNDLED = re.compile(r'var version = "([^"]+)";')
_REQUIRED = re.compile(r"var (_package\S*) = require\('([^']+)'\);")
_NAMED = re.compile(r'"(@backstage/[^"]+)": (_package[^.]*)\.version')


def make_manifest(checkout: Checkout, release: str, named: Sequence[str], progress: Progress) -> Path:
    """Write ``app/manifests/<release>.json``. Notes name packages that were left out or may be of another release."""
    folder = checkout.app / "manifests"
    base = _base_manifest(folder, release)
    with progress.phase(f"Find Backstage {release} in {CREATE_APP}"):
        template = _template_versions(release)
    with progress.phase("Read the dependencies of its packages"):
        asked_for = with_what_they_ask_for(template, _asks_of, {})
    others = sorted({*base["packages"], *named} - set(asked_for))
    with progress.phase(f"Find the versions of {len(others)} other packages"):
        supposed = _versions_of(others, asked_for)
    with progress.phase("Read the dependencies of those packages"):
        versions = with_what_they_ask_for(template, _asks_of, {**asked_for, **supposed})
    for doubt in _doubts(others, versions):
        progress.note(doubt)
    path = folder / f"{release}.json"
    write_whole(path, json.dumps({**base, "backstage": release, "packages": versions}, indent=2) + "\n")
    return path


def _base_manifest(folder: Path, release: str) -> dict[str, Any]:
    """The manifest of the release if there is one, or else the newest manifest."""
    known = sorted((path for path in folder.glob("*.json")), key=lambda path: parsed(path.stem))
    path = folder / f"{release}.json" if folder / f"{release}.json" in known else known[-1]
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def _template_versions(release: str) -> dict[str, str]:
    """The versions that the release's create-app writes into a new app."""
    stable = [version for version in published(CREATE_APP) if _RELEASE.fullmatch(version)]
    for version in sorted(stable, key=parsed, reverse=True)[:OPENED]:
        with tempfile.TemporaryDirectory() as temporary:
            dist = _fetched(f"{CREATE_APP}@{version}", Path(temporary)) / "dist"
            if _bundled_version(dist) == release:
                return dict(_bundled_versions(dist))
    raise PortalError(f"none of the {OPENED} newest versions of {CREATE_APP} is from Backstage {release}")


def _bundled_versions(dist: Path) -> Iterator[tuple[str, str]]:
    module = dist / "lib" / "versions.cjs.js"
    text = module.read_text("utf-8") if module.is_file() else ""
    files = dict(_REQUIRED.findall(text))
    names = dict(_NAMED.findall(text))
    if not names or not set(names.values()) <= set(files):
        raise PortalError(f"{CREATE_APP} has a layout that this command does not know: lib/versions.cjs.js")
    for name, variable in names.items():
        yield name, _bundled_version((module.parent / files[variable]).parent)


def _bundled_version(folder: Path) -> str:
    path = folder / "package.json.cjs.js"
    found = _BUNDLED.search(path.read_text("utf-8")) if path.is_file() else None
    if found is None:
        raise PortalError(f"{CREATE_APP} has a layout that this command does not know: {path.name}")
    return found[1]


def _versions_of(names: Sequence[str], release: Mapping[str, str]) -> dict[str, str]:
    """The versions of packages that no template package depends on. Leaves out packages that are not in the release."""
    with ThreadPoolExecutor(max_workers=LOOK_UPS_AT_A_TIME) as pool:
        versions = {
            name: version_in_release(found, release)
            for name, found in zip(names, pool.map(published, names), strict=True)
        }
    return {name: version for name, version in versions.items() if version is not None}


def _doubts(others: Sequence[str], release: Mapping[str, str]) -> Iterator[str]:
    """What a person should review. A registry may lack a version, and one found by its dependencies may be wrong."""
    for name, version in release.items():
        if not published(f"{name}@{version}"):
            yield f"the registry has no {name} {version}, so its dependencies are not known: write another version"
    for name in others:
        if name not in release:
            yield f"{name} is left out: none of its versions depends on packages of this release"
        elif older := older_than_release(published(name).get(release[name], {}), release):
            yield f"{name} {release[name]} may be of another release: it depends on an older {', '.join(older)}"


def _asks_of(packages: Mapping[str, str]) -> list[Asks]:
    with ThreadPoolExecutor(max_workers=LOOK_UPS_AT_A_TIME) as pool:
        return [
            found[version]
            for (_, version), found in zip(packages.items(), pool.map(_one, packages.items()), strict=True)
        ]


def _one(package: tuple[str, str]) -> dict[str, Asks]:
    """The dependencies of one version. Empty if the registry lacks it, which :func:`_doubts` reports."""
    name, version = package
    return {version: {}, **published(f"{name}@{version}")}


@cache
def published(package: str) -> dict[str, Asks]:
    """The dependencies of each version of a package, or of the versions in ``name@range``."""
    # Not `@*`: for that, npm returns only the version that it calls the latest.
    wanted = package if "@" in package[1:] else f"{package}@>=0.0.0"
    try:
        text = output([*npm_command(), "view", wanted, "version", "dependencies", "peerDependencies", "--json"])
    except PortalError as error:
        if "E404" in str(error):
            return {}
        raise
    found: object = json.loads(text) if text.strip() else []
    entries = found if is_list(found) else [found]
    return {str(entry["version"]): _asks(entry) for entry in entries if is_mapping(entry)}


def _asks(entry: Mapping[str, Any]) -> Asks:
    return {**entry.get("peerDependencies", {}), **entry.get("dependencies", {})}


def _fetched(package: str, folder: Path) -> Path:
    """Download and unpack a package, and return its folder."""
    output([*npm_command(), "pack", "--silent", package], cwd=folder)
    unpack(next(folder.glob("*.tgz")), folder)
    return folder / "package"


def main(words: Sequence[str]) -> None:
    """Write a manifest. The arguments are ``RELEASE [PACKAGE ...]``."""
    if not words or not _RELEASE.fullmatch(words[0]):
        raise InputError(
            where="make manifest",
            key="RELEASE",
            got=words[0] if words else "nothing",
            allowed="a release of Backstage",
            fix="write `make manifest RELEASE=1.56.0`",
        )
    checkout = Checkout.containing(Path.cwd())
    path = make_manifest(checkout, words[0], words[1:], progress_for(Printer(stderr=True)))
    sys.stdout.write(f"{checkout.relative(path)}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except PortalError as error:
        sys.exit(str(error))
