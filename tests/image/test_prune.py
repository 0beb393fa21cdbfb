"""Pruning takes what Node never reads, and nothing that a package names. ``tests/e2e`` loads every real package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from portal.image.prune import prune


def package(root: Path, name: str, manifest: dict[str, Any], *files: str) -> Path:
    folder = root / "node_modules" / name
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(file)
    (folder / "package.json").write_text(json.dumps({"name": name, **manifest}))
    return folder


def left(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"package.json"}


def test_maps_types_sources_tests_and_documents_go_licences_stay(tmp_path: Path) -> None:
    folder = package(
        tmp_path,
        "p",
        {"main": "dist/index.js"},
        *(
            "dist/index.js",
            "dist/index.js.map",
            "dist/index.d.ts",
            "src/index.ts",
            "README.md",
            "LICENSE",
            "LICENSE.md",
        ),
        *("test/index.js", "lib/__tests__/x.js", "docs/guide.html", "binding.gyp", "data.json", "tests.js"),
    )
    removed = prune(tmp_path)
    assert left(folder) == {"dist/index.js", "LICENSE", "LICENSE.md", "data.json", "tests.js"}
    assert set(removed) == {
        *("source maps", "type declarations", "sources of what is compiled"),
        *("tests", "documents"),
    }


def test_what_a_package_names_stays_whatever_it_looks_like(tmp_path: Path) -> None:
    named = {"main": "test/main.js", "bin": {"p": "docs/cli.js"}, "configSchema": "config.d.ts"}
    folder = package(tmp_path, "@scope/p", named, "test/main.js", "docs/cli.js", "config.d.ts", "other.d.ts")
    prune(tmp_path)
    assert left(folder) == {"test/main.js", "docs/cli.js", "config.d.ts"}


def test_a_second_format_goes_where_node_cannot_reach_it(tmp_path: Path) -> None:
    folder = package(
        tmp_path,
        "p",
        {"main": "dist-cjs/index.js", "module": "dist-es/index.js"},
        *("dist-cjs/index.js", "dist-es/index.js", "dist-es/deep/x.js"),
    )
    prune(tmp_path)
    assert left(folder) == {"dist-cjs/index.js"}


def test_both_formats_stay_where_node_takes_either(tmp_path: Path) -> None:
    exports = {".": {"import": "./esm/index.js", "require": "./cjs/index.js", "browser": "./browser/index.js"}}
    folder = package(tmp_path, "p", {"exports": exports}, "esm/index.js", "cjs/index.js", "browser/index.js")
    prune(tmp_path)
    assert left(folder) == {"esm/index.js", "cjs/index.js"}


def test_a_folder_that_a_pattern_exports_stays(tmp_path: Path) -> None:
    exports = {".": {"module": "./esm/index.js", "default": "./index.js"}, "./*": "./*"}
    folder = package(tmp_path, "p", {"exports": exports}, "esm/index.js", "index.js")
    prune(tmp_path)
    assert left(folder) == {"esm/index.js", "index.js"}


def test_nested_packages_are_judged_by_their_own_manifest(tmp_path: Path) -> None:
    outer = package(tmp_path, "outer", {"main": "index.js"}, "index.js")
    inner = package(outer, "inner", {"main": "docs/index.js"}, "docs/index.js", "docs/other.js")
    prune(tmp_path)
    assert left(inner) == {"docs/index.js"}


TYPESCRIPT = ("lib/typescript.js", "lib/lib.d.ts", "lib/lib.es2022.full.d.ts", "lib/typescript.d.ts", "lib/de/x.json")


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.d.ts").write_text(text)


def test_a_schema_in_typescript_keeps_what_it_is_compiled_with(tmp_path: Path) -> None:
    """Backstage compiles it at each start; without these it says 47 times what it lacks."""
    plugin = package(
        tmp_path, "plugin", {"configSchema": "config.d.ts"}, "config.d.ts", "part.d.ts", "other.d.ts", "dist/index.d.ts"
    )
    write(
        plugin, config="import { A } from '@scope/api';\nimport type { B } from './part';\n", part="import('plain');\n"
    )
    exports = {".": {"types": "./dist/index.d.ts", "default": "./dist/index.js"}, "./alpha": "./dist/alpha.js"}
    api = package(
        tmp_path,
        "@scope/api",
        {"exports": exports},
        "dist/index.js",
        "dist/index.d.ts",
        "dist/deep.d.ts",
        "dist/no.d.ts",
    )
    write(api / "dist", index="export * from './deep.js';\nexport * from 'typed';\n", deep="export {};\n")
    plain = package(tmp_path, "plain", {"types": "types/main.d.ts"}, "index.js", "types/main.d.ts", "types/no.d.ts")
    typed = package(tmp_path, "@types/typed", {}, "index.d.ts")
    compiler = package(tmp_path, "typescript", {"main": "./lib/typescript.js"}, *TYPESCRIPT)
    nested = package(plugin, "typescript", {"main": "./lib/typescript.js"}, *TYPESCRIPT)
    prune(tmp_path)
    assert left(api) == {"dist/index.js", "dist/index.d.ts", "dist/deep.d.ts"}
    assert left(plain) == {"index.js", "types/main.d.ts"}
    assert left(typed) == {"index.d.ts"}
    for folder in (compiler, nested):
        assert left(folder) == {*TYPESCRIPT} - {"lib/typescript.d.ts"}
    assert {name for name in left(plugin) if "node_modules" not in name} == {"config.d.ts", "part.d.ts"}


def test_without_such_a_schema_no_types_stay(tmp_path: Path) -> None:
    package(tmp_path, "plugin", {"configSchema": "config.schema.json"}, "config.schema.json")
    compiler = package(tmp_path, "typescript", {"main": "./lib/typescript.js"}, *TYPESCRIPT)
    prune(tmp_path)
    assert left(compiler) == {"lib/typescript.js", "lib/de/x.json"}
