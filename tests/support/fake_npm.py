"""An npm of a few packages in a folder. It answers in npm's words, and needs no network."""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from portal.image import npm_registry

# `npm view` and `npm pack` of the packages below a folder, in npm's words.
_NPM = """\
import json, pathlib, shutil, sys
verb, *words = sys.argv[1:]
registry = pathlib.Path({registry!r})
if verb == "pack":
    shutil.copy(registry / f"{{words[-1].replace('/', '+')}}.tgz", "package.tgz")
else:
    name, _, version = words[0].rpartition("@")
    published = json.loads((registry / "packages.json").read_text()).get(name, {{}})
    if version == "*":
        published = dict([*published.items()][-1:])
    elif version != ">=0.0.0":
        published = {{version: published[version]}} if version in published else {{}}
    if not published:
        sys.exit("npm error code E404")
    # Of one field, npm prints the value alone.
    found = [{{"version": version, **asks}} if asks else version for version, asks in published.items()]
    print(json.dumps(found if len(found) > 1 else found[0]))
"""

Packages = Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]
"""By name and version, what a package.json has of ``dependencies`` and ``peerDependencies``."""


def use_fake_npm(folder: Path, packages: Packages, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let nothing but these packages be published. Returns the folder of the tarballs."""
    registry = folder / "registry"
    registry.mkdir(exist_ok=True)
    (registry / "packages.json").write_text(json.dumps(packages))
    script = folder / "npm.py"
    script.write_text(_NPM.format(registry=str(registry)))
    monkeypatch.setattr(npm_registry, "npm_command", lambda: [sys.executable, script])
    npm_registry.published.cache_clear()
    return registry


def write_create_app(
    registry: Path, version: str, release: str, core: str, template: Mapping[str, str] | None = None
) -> None:
    """Publish the create-app of a release. ``core`` is the version of the packages in its template."""
    package = registry / version / "package"
    for path, has in (("", release), ("packages/core", core), ("plugins/differently-named", core)):
        (package / "dist" / path).mkdir(parents=True, exist_ok=True)
        file = package / "dist" / path / "package.json.cjs.js"
        file.write_text(f"'use strict';\n\nvar version = \"{has}\";\n")
    (package / "dist" / "lib").mkdir()
    (package / "dist" / "lib" / "versions.cjs.js").write_text(
        "var _package$1 = require('../package.json.cjs.js');\n"
        "var _package$Z = require('../packages/core/package.json.cjs.js');\n"
        "var _package$_ = require('../plugins/differently-named/package.json.cjs.js');\n"
        "const packageVersions = {\n  root: _package$1.version,\n"
        '  "@backstage/core": _package$Z.version,\n  "@backstage/plugin-named": _package$_.version\n};\n'
    )
    for name, text in (template or {}).items():
        file = package / "templates" / "default-app" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    with tarfile.open(registry / f"@backstage+create-app@{version}.tgz", "w:gz") as archive:
        archive.add(package, "package")
