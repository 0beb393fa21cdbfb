"""What the code of a package imports from other packages, and these do not export: it would fail where it is loaded.

Backstage removes exports from one release to the next, and a portal has one version of each of its packages, whatever
others ask for. It reads compiled code, as Backstage's own tools write it, and runs none. Deliberately says nothing
where that does not tell: of a package that exports all of another one, and of imports that are made while code runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from portal.base.json_types import is_mapping
from portal.image.package_json import package_json, texts

CODE = (".js", ".mjs", ".cjs")
_NAMED = re.compile(r"""\b(import|export)\s*(?:[\w$]+\s*,\s*)?\{([^{}]*)\}(?:\s*from\s*["']([^"']+)["'])?""")
_ALL = re.compile(r"""\bexport\s*\*\s*from\s*["']([^"']+)["']""")
_DECLARED = re.compile(r"\bexport\s+(?:async\s+)?(?:const|let|var|function|class)\s+([\w$]+)")
_REQUIRED = re.compile(r"""\b(?:var|const)\s+([\w$]+)\s*=\s*require\(["']([^"']+)["']\)""")
_SET = re.compile(r"""\bexports\.([\w$]+)\s*=|defineProperty\(exports,\s*["']([\w$]+)["']""")
_SET_ALL = re.compile(r"\bexports\[\w+\]\s*=")


def missing_imports(folder: Path, others: Mapping[str, Path]) -> list[str]:
    """The imports as ``package name``, sorted. ``others`` are the folders of unpacked packages by their names."""
    wanted = {(specifier, name) for file in _code(folder) for specifier, name in _imports(file.read_text("utf-8"))}
    found: list[str] = []
    for specifier in sorted({specifier for specifier, _ in wanted}):
        package, entry = _parts(specifier)
        exported = exported_names(others[package], entry) if package in others else None
        if exported is not None:
            names = sorted(name for asked, name in wanted if asked == specifier)
            found += [f"{specifier} {name}" for name in names if name not in exported]
    return found


def exported_names(folder: Path, entry: str) -> frozenset[str] | None:
    """What an unpacked package exports at an entry like `./alpha`. None if its code does not tell."""
    files = entry_files(folder, entry)
    if not files:
        return None
    try:
        return frozenset(name for file in files for name in _exports(file))
    except _UnknownError:
        return None


def entry_files(folder: Path, entry: str) -> list[Path]:
    """The files of code that an entry of an unpacked package leads to."""
    content = package_json(folder)
    exports = content.get("exports")
    named = exports.get(entry) if is_mapping(exports) else [content.get("module"), content.get("main")]
    if not is_mapping(exports) and entry != ".":
        return []
    files = [folder / name for name in dict.fromkeys(texts(named)) if name.endswith(CODE)]
    return [file for file in files if file.is_file()]


class _UnknownError(Exception):
    """The code does not tell what it exports."""


def _code(folder: Path) -> Iterable[Path]:
    return (path for path in sorted((folder / "dist").rglob("*")) if path.suffix in CODE and path.is_file())


def _parts(specifier: str) -> tuple[str, str]:
    words = specifier.split("/")
    length = 2 if specifier.startswith("@") else 1
    rest = "/".join(words[length:])
    return "/".join(words[:length]), f"./{rest}" if rest else "."


def _imports(code: str) -> Iterator[tuple[str, str]]:
    for _, names, specifier in _NAMED.findall(code):
        if specifier and not specifier.startswith("."):
            yield from ((specifier, name) for name, _ in _names(names))
    for alias, specifier in _REQUIRED.findall(code):
        if not specifier.startswith("."):
            used = re.findall(rf"(?<![\w$.]){re.escape(alias)}\.([A-Za-z_$][\w$]*)", code)
            yield from ((specifier, name) for name in used)


def _exports(file: Path) -> Iterator[str]:
    code = file.read_text("utf-8")
    if _SET_ALL.search(code):
        raise _UnknownError
    for kind, names, _ in _NAMED.findall(code):
        if kind == "export":
            yield from (last for _, last in _names(names))
    yield from _DECLARED.findall(code)
    yield from (one or other for one, other in _SET.findall(code))
    for specifier in _ALL.findall(code):
        if not specifier.startswith("."):
            raise _UnknownError
        yield from _exports(file.parent / specifier)


def _names(listed: str) -> Iterator[tuple[str, str]]:
    """The names in braces: each as it is called before and after ``as``."""
    for item in listed.split(","):
        words = item.split()
        if words:
            yield words[0], words[-1]
