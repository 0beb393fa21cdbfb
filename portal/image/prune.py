"""Remove from an installed app the files that a running Backstage never reads. Removes only these kinds of file.

Debug symbols are stripped where the base image is made (``base_images.py``). Keeps all licenses, every file that a
package.json names as an entry point or a config schema, and the types that schemas need (``schema_types``).
``tests/e2e`` loads every package of a tree before and after pruning.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from portal.base.json_types import is_mapping
from portal.image.package_json import package_json, texts
from portal.image.schema_types import schema_types

_SOURCE_MAP = re.compile(r"\.(c|m)?(js|ts|css|flow)\.map$")
_DECLARATION = re.compile(r"(\.d\.(c|m)?ts|\.flow|\.tsbuildinfo)$")
_SOURCE = re.compile(r"\.((c|m)?tsx?|coffee|c|cc|cpp|h|hpp|gyp|gypi)$")
_DOCUMENT = re.compile(r"(\.(md|markdown)$)|^(changelog|history|authors|contributors|readme)(\.|$)", re.IGNORECASE)
_LICENSE = re.compile(r"^(licen[cs]e|notice|copying|copyright)", re.IGNORECASE)

_TEST_FOLDERS = {"__tests__", "__mocks__", "__fixtures__"}
_TOP_TEST_FOLDERS = {"test", "tests"}
_TOP_DOCUMENT_FOLDERS = {"doc", "docs", "example", "examples", "benchmark", "benchmarks", "man", ".github"}

# Names of folders that repeat a package in another module format. Other folders may have unique parts of a package.
_FORMATS = re.compile(
    r"(dist-|lib-)?(esm?|es6|es20\d\d|esnext|mjs|modules?|browser|react-native|src|web|umd|workerd|deno)"
)

# Conditions of `exports` that Node never uses (https://nodejs.org/api/packages.html#conditional-exports).
_FOREIGN_CONDITIONS = {"browser", "react-native", "deno", "bun", "workerd", "worker", "webpack", "module", "source"}


def prune(root: Path) -> Mapping[str, int]:
    """Remove files below ``root`` (a tree with ``node_modules``) and return the bytes removed by kind."""
    removed: Counter[str] = Counter()
    packages = list(_packages(root))
    read_at_start = schema_types(packages)
    for package in packages:
        manifest = package_json(package)
        kept = _named(manifest)
        duplicates = _duplicate_folders(package, manifest)
        for path in _files(package):
            relative = path.relative_to(package)
            kind = _kind(relative, duplicates)
            if kind is not None and relative.as_posix() not in kept and path not in read_at_start:
                removed[kind] += path.lstat().st_size
                path.unlink()
    removed["source maps"] += remove_source_maps(root)
    _remove_empty_folders(root)
    return removed


def remove_source_maps(root: Path) -> int:
    """Remove all source maps below ``root`` and return the bytes removed."""
    removed = 0
    for path in root.rglob("*.map"):
        if _SOURCE_MAP.search(path.name):
            removed += path.lstat().st_size
            path.unlink()
    return removed


def _kind(relative: Path, duplicates: frozenset[str]) -> str | None:
    """The kind of a file that may be removed. None if the file stays."""
    name, folders = relative.name, relative.parts[:-1]
    if _LICENSE.match(name):
        return None
    if _SOURCE_MAP.search(name):
        return "source maps"
    if _DECLARATION.search(name):
        return "type declarations"
    if _SOURCE.search(name):
        return "sources of what is compiled"
    if _TEST_FOLDERS.intersection(folders) or (folders and folders[0] in _TOP_TEST_FOLDERS):
        return "tests"
    if _DOCUMENT.search(name) or (folders and folders[0] in _TOP_DOCUMENT_FOLDERS):
        return "documents"
    if any("/".join(folders[: end + 1]) in duplicates for end in range(len(folders))):
        return "duplicate module formats"
    return None


def _packages(root: Path) -> Iterator[Path]:
    """All package folders below any ``node_modules``, including nested ones."""
    for folder, folders, _ in os.walk(root):
        here = Path(folder)
        if here.name != "node_modules":
            continue
        for name in sorted(folders):
            if name.startswith("@"):
                yield from sorted(p for p in (here / name).iterdir() if p.is_dir() and not p.is_symlink())
            elif not name.startswith(".") and not (here / name).is_symlink():
                yield here / name


def _files(package: Path) -> Iterator[Path]:
    """The files of one package, not those of packages nested in it."""
    for folder, folders, files in os.walk(package):
        folders[:] = sorted(name for name in folders if name != "node_modules")
        for name in sorted(files):
            path = Path(folder) / name
            if not path.is_symlink():
                yield path


def _named(manifest: Mapping[str, Any]) -> set[str]:
    """The files that a package.json names for Node: entry points, programs, config schema."""
    values: list[object] = [manifest.get("main"), manifest.get("configSchema"), manifest.get("bin")]
    values.append(_node_conditions(manifest.get("exports")))
    return {os.path.normpath(text) for value in values for text in texts(value)}


def _node_conditions(exports: object) -> object:
    if not is_mapping(exports):
        return exports
    skipped = _FOREIGN_CONDITIONS | {"types"}
    return {key: _node_conditions(value) for key, value in exports.items() if key not in skipped}


def _duplicate_folders(package: Path, manifest: Mapping[str, Any]) -> frozenset[str]:
    """Folders with another copy of the package, in a module format that Node does not load.

    Bundlers read them. They are the folder of ``module`` (or ``es2015``, ``unpkg`` ...) if ``main`` is in another
    folder, and the folders of conditions that Node does not use. A folder with any file that Node loads is not a
    duplicate.
    """
    used = {path.as_posix() for path in map(Path, _named(manifest))} | {"index.js"}
    fields = ("module", "jsnext:main", "es2015", "esnext", "unpkg", "jsdelivr", "react-native")
    foreign = [manifest.get(field) for field in fields]
    exports = manifest.get("exports")
    if exports is None:
        candidates = {_folder(text) for value in foreign for text in texts(value)}
    else:
        candidates = {_folder(text) for text in _foreign_targets(exports)}
    return frozenset(
        folder
        for folder in candidates
        if folder
        and _FORMATS.fullmatch(Path(folder).name)
        and not any(path == folder or path.startswith(f"{folder}/") or _covers(path, folder) for path in used)
        and (package / folder).is_dir()
    )


def _covers(pattern: str, folder: str) -> bool:
    """Whether an ``exports`` pattern (``./dist/*``) can name a file in a folder."""
    head, star, _ = pattern.partition("*")
    return bool(star) and (f"{folder}/".startswith(head) or head.startswith(f"{folder}/"))


def _foreign_targets(exports: object) -> Iterator[str]:
    if is_mapping(exports):
        for key, value in exports.items():
            if key in _FOREIGN_CONDITIONS:
                yield from texts(value)
            else:
                yield from _foreign_targets(value)


def _folder(path: str) -> str:
    parts = Path(os.path.normpath(path)).parts[:-1]
    return "/".join(parts) if parts and parts[0] != ".." else ""


def _remove_empty_folders(root: Path) -> None:
    for folder, _, _ in os.walk(root, topdown=False):
        path = Path(folder)
        if path != root and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
