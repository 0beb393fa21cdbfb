"""``@backstage/create-app``: its versions say which releases of Backstage there are, and what a new app has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from portal.base.errors import PortalError, quoted
from portal.image.npm_registry import fetched, published
from portal.release.release_versions import is_release, parsed

CREATE_APP = "@backstage/create-app"
# How many of its newest versions are downloaded to find the one of a release.
OPENED = 12

# In its bundle, each package.json is a module that has only the version. One module lists all of them.
_BUNDLED = re.compile(r'var version = "([^"]+)";')
_REQUIRED = re.compile(r"var (_package\S*) = require\('([^']+)'\);")
_NAMED = re.compile(r'"(@backstage/[\w.-]+)": (_package[^.]*)\.version')
_TEMPLATE = ("templates", "default-app")
# Yarn itself, and a list of exact versions: neither says what to do.
_NOT_COMPARED = re.compile(r"\.yarn/.*|.*yarn\.lock(\.hbs)?")
_COMPARED_BYTES = 100_000


class CreateApp:
    """The versions of create-app, downloaded into ``folder`` as they are asked for, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest_release(self) -> str:
        """The release of the newest stable version."""
        newest = next(self._newest_first(), None)
        if newest is None:
            raise PortalError(f"the npm registry has no stable version of {CREATE_APP}")
        return _stable(_bundled_version(self._opened(newest) / "dist"))

    def of_release(self, release: str) -> Path:
        """The unpacked package that makes apps of a release. PortalError if it is not among the newest."""
        for version in self._newest_first():
            package = self._opened(version)
            if _bundled_version(package / "dist") == release:
                return package
        raise PortalError(f"none of the {OPENED} newest versions of {CREATE_APP} is from Backstage {release}")

    def _newest_first(self) -> Iterator[str]:
        stable = [version for version in published(CREATE_APP) if is_release(version)]
        yield from sorted(stable, key=parsed, reverse=True)[:OPENED]

    def _opened(self, version: str) -> Path:
        folder = self._folder / version
        if not folder.is_dir():
            folder.mkdir(parents=True)
            fetched(f"{CREATE_APP}@{version}", folder)
        return folder / "package"


def template_versions(package: Path) -> dict[str, str]:
    """The versions of Backstage's packages that an unpacked create-app writes into a new app."""
    return dict(_bundled_versions(package / "dist"))


def template_difference(before: Path, after: Path) -> list[str]:
    """The unified difference between what two unpacked create-apps write into a new app, by file. Mostly empty."""
    old, new = before.joinpath(*_TEMPLATE), after.joinpath(*_TEMPLATE)
    names = sorted({*_files(old), *_files(new)})
    return [
        line.rstrip("\n")
        for name in names
        for line in unified_diff(_lines(old / name), _lines(new / name), name, name, n=1)
    ]


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and not _NOT_COMPARED.fullmatch(name):
            yield name


def _lines(path: Path) -> list[str]:
    """The lines of a text. Of what is no text, or very long, the size: whether it changed, and not how."""
    if not path.is_file():
        return []
    raw = path.read_bytes()
    if len(raw) > _COMPARED_BYTES or b"\0" in raw:
        return [f"({len(raw)} bytes)\n"]
    return raw.decode("utf-8", "replace").splitlines(keepends=True)


def _bundled_versions(dist: Path) -> Iterator[tuple[str, str]]:
    module = dist / "lib" / "versions.cjs.js"
    text = module.read_text("utf-8") if module.is_file() else ""
    files = dict(_REQUIRED.findall(text))
    names = dict(_NAMED.findall(text))
    if not names or not set(names.values()) <= set(files):
        raise PortalError(f"{CREATE_APP} has a layout that this command does not know: lib/versions.cjs.js")
    for name, variable in names.items():
        yield name, _stable(_bundled_version((module.parent / files[variable]).parent))


def _stable(version: str) -> str:
    """A version that npm gave us, and that becomes part of file names and of a branch's name."""
    if not is_release(version):
        raise PortalError(f"{CREATE_APP} names {quoted(version)}, which is no stable version")
    return version


def _bundled_version(folder: Path) -> str:
    path = folder / "package.json.cjs.js"
    found = _BUNDLED.search(path.read_text("utf-8")) if path.is_file() else None
    if found is None:
        raise PortalError(f"{CREATE_APP} has a layout that this command does not know: {path.name}")
    return found[1]
