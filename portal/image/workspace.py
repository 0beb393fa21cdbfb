"""Write the Backstage workspace: constant sources from ``app/``, generated package.json files, exact versions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.release.composition import Composition

# Backstage's builder as a script: its package.json names no `bin` that Yarn links.
BUILD_SCRIPT = "node ../../node_modules/@backstage/cli-module-build/bin/backstage-cli-module-build package build"

YARNRC = """\
nodeLinker: node-modules
enableTelemetry: false
# No package of a composition needs a build script at 1.55: all native parts come prebuilt or are optional.
enableScripts: false
supportedArchitectures:
  os: [current, linux]
  cpu: [current, {cpu}]
  libc: [current, glibc]
"""

# What the builder reads of app-config: take every frontend plugin among the dependencies. The rest is known at run
# time.
BUILD_CONFIG = """\
app:
  title: Portal
  baseUrl: http://localhost:7007
  packages: all
"""


def write_workspace(composition: Composition, app: Path, folder: Path, cpu: str) -> None:
    """Make ``folder`` the workspace of a composition, for Linux on ``cpu`` (Node's word: x64, arm64).

    Leaves ``node_modules`` and build output alone, so that a second install is short. Installs nothing.
    """
    for name in ("app", "backend"):
        source, target = app / "packages" / name, folder / "packages" / name
        for part in ("src", "public"):
            shutil.rmtree(target / part, ignore_errors=True)
        shutil.copytree(source, target, dirs_exist_ok=True)
    shutil.copyfile(app / "tsconfig.json", folder / "tsconfig.json")
    if (app / "yarn.lock").is_file():
        shutil.copyfile(app / "yarn.lock", folder / "yarn.lock")
    (folder / ".yarnrc.yml").write_text(YARNRC.format(cpu=cpu))
    (folder / "app-config.yaml").write_text(BUILD_CONFIG)
    for path, content in package_files(composition).items():
        _write_if_changed(folder / path, json.dumps(content, indent=2) + "\n")


def package_files(composition: Composition) -> dict[str, dict[str, Any]]:
    """The generated JSON files of a workspace by path: pure, the same for the same composition."""
    return {
        "backstage.json": {"version": composition.backstage},
        "package.json": {
            "name": "portal-app",
            "version": "0.0.0",
            "private": True,
            "workspaces": ["packages/*"],
            "devDependencies": dict(composition.build),
            "resolutions": dict(composition.resolutions),
        },
        "packages/app/package.json": {
            **_package("app", "frontend", composition.frontend),
            "bundled": True,
            "configSchema": "config.schema.json",
            "browserslist": {"production": [">0.2%", "not dead", "not op_mini all"]},
            "files": ["dist", "config.schema.json"],
        },
        "packages/backend/package.json": {
            **_package("backend", "backend", {**composition.backend, "app": "link:../app"}),
            "main": "dist/index.cjs.js",
            "types": "src/index.ts",
            "files": ["dist"],
        },
    }


def _package(name: str, role: str, dependencies: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "version": "0.0.0",
        "private": True,
        "backstage": {"role": role},
        "scripts": {"build": BUILD_SCRIPT},
        "dependencies": dict(sorted(dependencies.items())),
    }


def _write_if_changed(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
