"""Find the type declarations that a running Backstage reads, because a config schema is written in TypeScript.

A package may have ``"configSchema": "config.d.ts"``. Backstage compiles such files when it starts (config-loader,
schema/collect), together with TypeScript's own libraries and everything that the files import.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from portal.base.json_types import is_mapping
from portal.image.package_json import package_json, texts

_DECLARATION = re.compile(r"\.d\.[cm]?ts$")
_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\brequire)\s*\(?\s*["']([^"'\n]+)["']""")
_REFERENCE = re.compile(r"""^\s*///\s*<reference\s+(?:path|types)=["']([^"'\n]+)["']""", re.MULTILINE)
_LIBRARY = re.compile(r"lib(\.[\w.-]+)?\.d\.ts$")


def schema_types(packages: Iterable[Path]) -> frozenset[Path]:
    """The files to keep: schemas in TypeScript, what they import, and TypeScript's libraries. Empty without schemas."""
    folders = list(packages)
    found = [folder / schema for folder in folders if (schema := _schema(folder)) is not None]
    if not found:
        return frozenset()
    kept: set[Path] = set()
    while found:
        file = found.pop()
        if file not in kept and file.is_file():
            kept.add(file)
            text = file.read_text(encoding="utf-8", errors="replace")
            for name in {*_IMPORT.findall(text), *_REFERENCE.findall(text)}:
                found.extend(_resolved(file, name))
    for folder in folders:
        if folder.name == "typescript":
            kept.update(path for path in (folder / "lib").glob("lib*") if _LIBRARY.fullmatch(path.name))
    return frozenset(kept)


def _schema(folder: Path) -> str | None:
    schema = package_json(folder).get("configSchema")
    return os.path.normpath(schema) if isinstance(schema, str) and _DECLARATION.search(schema) else None


def _resolved(file: Path, name: str) -> Iterator[Path]:
    """The declarations that an import may refer to (https://www.typescriptlang.org/docs/handbook/modules/reference)."""
    if name.startswith("."):
        yield from _declarations(Path(os.path.normpath(file.parent / name)))
        return
    parts = name.split("/")
    size = 2 if name.startswith("@") else 1
    package, inner = "/".join(parts[:size]), "/".join(parts[size:])
    typed = f"@types/{package.removeprefix('@').replace('/', '__')}"
    for above in file.parents:
        for folder in (above / "node_modules" / package, above / "node_modules" / typed):
            if folder.is_dir():
                yield from _of_package(folder, inner)


def _of_package(folder: Path, inner: str) -> Iterator[Path]:
    manifest = package_json(folder)
    exports = manifest.get("exports")
    named: list[object] = []
    if is_mapping(exports):
        named.append(exports.get(f"./{inner}" if inner else "."))
    if inner:
        yield from _declarations(folder / inner)
    else:
        named += [manifest.get("types"), manifest.get("typings"), manifest.get("main"), "index.d.ts"]
    for text in (text for value in named for text in texts(value)):
        yield from _declarations(Path(os.path.normpath(folder / text)))


def _declarations(path: Path) -> Iterator[Path]:
    """Where a module's declarations may be: the file itself, files next to a script, or index files of a folder."""
    if _DECLARATION.search(path.name):
        yield path
        return
    stem = re.sub(r"\.([cm]?)js$", "", path.name)
    for ending in (".d.ts", ".d.cts", ".d.mts"):
        yield path.with_name(stem + ending)
        yield path / f"index{ending}"
