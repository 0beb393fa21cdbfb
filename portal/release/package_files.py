"""The package.json files of a composition. They decide its lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.release.composition import Composition

# Backstage's build command by its path: its package.json has no `bin` for Yarn to link.
BUILD_SCRIPT = "node ../../node_modules/@backstage/cli-module-build/bin/backstage-cli-module-build package build"


def package_files(composition: Composition) -> dict[str, dict[str, Any]]:
    """The generated JSON files of a workspace, by path. Pure: the same composition gives the same files."""
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
