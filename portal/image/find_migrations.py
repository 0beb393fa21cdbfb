"""Find the database migrations in installed packages. ``portal lock`` records them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from portal.base.json_file import read_json_object
from portal.base.json_types import is_mapping
from portal.release.migrations import PackageMigrations

FOLDER = "migrations"
# What knex loads by default (https://knexjs.org/guide/migrations.html, `loadExtensions`), without CoffeeScript and the
# like. Compiled packages have no TypeScript.
_SUFFIXES = frozenset({".js", ".cjs"})
_CODE = frozenset({".js", ".cjs", ".mjs"})
_BACKEND_ROLES = frozenset({"backend-plugin", "backend-plugin-module", "node-library"})
# How a package's code runs migrations (https://knexjs.org/guide/migrations.html#migration-api).
_RUNS = (b".migrate.latest(", b".migrate.up(")
_OWN_LIST = re.compile(rb"\.migrate\.(?:latest|up)\(\{[^}]*\btableName\b")


def find_migrations(installed: Iterable[tuple[str, Path]]) -> dict[str, PackageMigrations]:
    """The migrations by package. ``installed`` are packages by ``name@version``, and their folders.

    Looks only at packages for Backstage's backend: other packages may have a folder of that name for something else.
    A package that is installed in two versions has the migrations of both. One of a plugin that migrates without that
    folder, or with a list of its own, is there without names: only its own code knows how they run.
    """
    found: dict[str, PackageMigrations] = {}
    for package, folder in sorted(installed):
        role, plugin = _role(folder, package)
        if role not in _BACKEND_ROLES:
            continue
        names = () if plugin is not None and _has_own_list(folder) else _names(folder / FOLDER)
        if names or _migrates(folder):
            name = package.rpartition("@")[0]
            before = found[name].names if name in found else ()
            found[name] = PackageMigrations.model_validate(
                {"plugin": plugin, "names": tuple(sorted({*before, *names}))}
            )
    return found


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(
        sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in _SUFFIXES)
        if folder.is_dir()
        else ()
    )


def _migrates(folder: Path) -> bool:
    """Whether the code of a package runs migrations, wherever they are."""
    return any(run in code for code in _code(folder) for run in _RUNS)


def _has_own_list(folder: Path) -> bool:
    """Whether the code of a package keeps what has run in another table than knex's own."""
    return any(_OWN_LIST.search(code) for code in _code(folder))


def _code(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in sorted(folder.glob("dist/**/*")) if path.suffix in _CODE and path.is_file())


def _role(folder: Path, package: str) -> tuple[str, str | None]:
    """What a package is, and the plugin that it belongs to, as Backstage's tools wrote it into its package.json."""
    content = read_json_object(folder / "package.json", package, "run `yarn cache clean`, and `portal lock` again")
    backstage = content.get("backstage")
    if not is_mapping(backstage):
        return "", None
    plugin = backstage.get("pluginId")
    return str(backstage.get("role", "")), plugin if isinstance(plugin, str) else None
