"""Backstage's packages are loaded before anything is waited for, and what cannot be loaded is left to Backstage."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from components.backstage.load_ahead import LOAD_AHEAD
from components.backstage.start import start_modules
from portal.contract import PORTAL_FOLDER
from tests.components.node import NODE


def package(app: Path, name: str, role: str | None, code: str) -> str:
    """The name of a package that is installed in the app."""
    folder = app / "node_modules" / name
    folder.mkdir(parents=True)
    backstage = {"backstage": {"role": role}} if role else {}
    folder.joinpath("package.json").write_text(json.dumps({"name": name, "main": "main.js", **backstage}))
    folder.joinpath("main.js").write_text(code)
    return name


def start(app: Path) -> list[str]:
    """What is printed by a start: of the module, then of the backend."""
    file = app / "load-ahead.mjs"
    file.write_text(LOAD_AHEAD)
    command = [NODE, "--import", f"file://{file}", "packages/backend"]
    return subprocess.run(command, cwd=app, capture_output=True, text=True, timeout=30, check=True).stdout.split()


def test_a_backends_packages_are_loaded_once_and_before_it(tmp_path: Path) -> None:
    names = [
        package(tmp_path, "@acme/plugin", "backend-plugin", "console.log('plugin'); exports.name = 'plugin'"),
        package(tmp_path, "@acme/module", "backend-plugin-module", "console.log('module')"),
        package(tmp_path, "@acme/defaults", "node-library", "console.log('defaults')"),
        package(tmp_path, "@acme/broken", "backend-plugin", "throw new Error('broken')"),
        package(tmp_path, "@acme/page", "frontend-plugin", "console.log('page')"),
        package(tmp_path, "pg", None, "console.log('pg')"),
    ]
    backend = tmp_path / "packages" / "backend"
    backend.mkdir(parents=True)
    dependencies = dict.fromkeys([*names, "not-installed"], "1.0.0")
    backend.joinpath("package.json").write_text(json.dumps({"main": "main.js", "dependencies": dependencies}))
    backend.joinpath("main.js").write_text("console.log('starts', require('@acme/plugin').name)")
    assert start(tmp_path) == ["plugin", "module", "defaults", "starts", "plugin"]


def test_it_comes_before_what_waits() -> None:
    assert next(iter(start_modules(migrates=True))) == f"{PORTAL_FOLDER}/load-ahead.mjs"
