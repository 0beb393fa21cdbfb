"""What a package imports and others do not export, in the forms in which compiled packages write it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.image.missing_imports import exported_names, missing_imports

PLUGIN = """
export { PageBlueprint, createFrontendPlugin as create } from './blueprints/index.esm.js';
export * from './more.esm.js';
"""
MORE = "const x = 1;\nexport { x as ApiBlueprint };\nexport const direct = 1;\nexport function made() {}"
NODE = """
exports.coreServices = a.b;
Object.defineProperty(exports, 'createModule', { get: function () { return 1; } });
"""


def write(folder: Path, files: dict[str, str], **content: object) -> Path:
    (folder / "dist").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps(content))
    for name, text in files.items():
        (folder / "dist" / name).write_text(text)
    return folder


@pytest.fixture
def others(tmp_path: Path) -> dict[str, Path]:
    exports = {
        ".": {"import": "./dist/index.esm.js"},
        "./alpha": "./dist/alpha.esm.js",
        "./package.json": "./package.json",
    }
    frontend = {"index.esm.js": PLUGIN, "more.esm.js": MORE, "alpha.esm.js": "export { a as default, b };"}
    return {
        "@backstage/frontend": write(tmp_path / "frontend", frontend, exports=exports),
        "@backstage/backend": write(tmp_path / "backend", {"index.cjs.js": NODE}, main="dist/index.cjs.js"),
        "@backstage/all": write(
            tmp_path / "all", {"index.esm.js": "export * from 'lodash';"}, module="dist/index.esm.js"
        ),
    }


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("import { PageBlueprint, create as c } from '@backstage/frontend';", []),
        ("import { ApiBlueprint, direct, made } from '@backstage/frontend';", []),
        (
            "import React, { NavItemBlueprint as N } from '@backstage/frontend';",
            ["@backstage/frontend NavItemBlueprint"],
        ),
        ("import {\n  PageBlueprint,\n  Gone,\n} from '@backstage/frontend';", ["@backstage/frontend Gone"]),
        ("export { Gone } from '@backstage/frontend';", ["@backstage/frontend Gone"]),
        ("export { Gone } from './gone.esm.js';", []),
        (
            "import { b } from '@backstage/frontend/alpha'; import { a } from '@backstage/frontend/alpha';",
            ["@backstage/frontend/alpha a"],
        ),
        ("import { whatever } from '@backstage/all'; import { x } from 'react';", []),
        (
            "var one = require('@backstage/backend');\none.coreServices.x; two.one.gone; anyone.gone;",
            [],
        ),
        ("var one = require('@backstage/backend');\none.coreServices; one.gone;", ["@backstage/backend gone"]),
    ],
)
def test_an_import_of_what_there_is_not_is_found(
    code: str, missing: list[str], others: dict[str, Path], tmp_path: Path
) -> None:
    folder = write(tmp_path / "plugin", {"index.js": code})
    assert missing_imports(folder, others) == missing


def test_what_code_does_not_tell_is_not_guessed(others: dict[str, Path], tmp_path: Path) -> None:
    copies = "Object.keys(a).forEach(function (k) { exports[k] = a[k]; });\nexports.x = 1;"
    assert exported_names(others["@backstage/all"], ".") is None
    assert exported_names(write(tmp_path / "copies", {"index.js": copies}, main="dist/index.js"), ".") is None
    assert exported_names(others["@backstage/frontend"], "./testUtils") is None
