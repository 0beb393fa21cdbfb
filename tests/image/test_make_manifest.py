"""A manifest is made from what npm has; here an npm of three releases stands in for it."""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.progress import PlainProgress
from portal.image import make_manifest
from portal.release.manifest import read_manifest

# Which create-app is of which release, with the versions in its template.
RELEASES = {"0.1.0": ("2.0.0", "1.0.0"), "0.2.0": ("2.1.0", "1.1.0"), "0.3.0": ("2.2.0", "1.2.0")}

# `npm view` and `npm pack` of the packages below a folder, in npm's words.
NPM = """\
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
    found = [{{"version": version, **asks}} for version, asks in published.items()]
    print(json.dumps(found if len(found) > 1 else found[0]))
"""


def write_create_app(registry: Path, version: str, release: str, core: str) -> None:
    folder = registry / version / "package" / "dist"
    for path, has in (("", release), ("packages/core", core), ("plugins/differently-named", core)):
        (folder / path).mkdir(parents=True, exist_ok=True)
        (folder / path / "package.json.cjs.js").write_text(f"'use strict';\n\nvar version = \"{has}\";\n")
    (folder / "lib").mkdir()
    (folder / "lib" / "versions.cjs.js").write_text(
        "var _package$1 = require('../package.json.cjs.js');\n"
        "var _package$Z = require('../packages/core/package.json.cjs.js');\n"
        "var _package$_ = require('../plugins/differently-named/package.json.cjs.js');\n"
        "const packageVersions = {\n  root: _package$1.version,\n"
        '  "@backstage/core": _package$Z.version,\n  "@backstage/plugin-named": _package$_.version\n};\n'
    )
    with tarfile.open(registry / f"@backstage+create-app@{version}.tgz", "w:gz") as archive:
        archive.add(registry / version / "package", "package")


@pytest.fixture
def npm(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    registry = tmp_path / "registry"
    registry.mkdir()
    packages: dict[str, dict[str, object]] = {"@backstage/create-app": {}}
    for version, (release, core) in RELEASES.items():
        write_create_app(registry, version, release, core)
        asks = {"dependencies": {"@backstage/types": f"^{core}"}, "peerDependencies": {"react": "^18.0.0"}}
        packages["@backstage/create-app"][version] = {}
        packages.setdefault("@backstage/types", {})[core] = {}
        packages.setdefault("@backstage/core", {})[core] = asks
        packages.setdefault("@backstage/plugin-leaf", {})[f"7{core[1:]}"] = {
            "dependencies": {"@backstage/core": f"^{core}", "@backstage/leaf-common": f"^{core}"}
        }
        packages.setdefault("@backstage/plugin-named-by-hand", {})[f"8{core[1:]}"] = {
            "dependencies": {"@backstage/core": f"^{core}"}
        }
    packages["@backstage/plugin-gone"] = {"0.1.0": {"dependencies": {"@backstage/core": "^3.0.0"}}}
    (registry / "packages.json").write_text(json.dumps(packages))
    script = tmp_path / "npm.py"
    script.write_text(NPM.format(registry=str(registry)))
    monkeypatch.setattr(make_manifest, "npm_command", lambda: [sys.executable, script])
    make_manifest.published.cache_clear()
    for path in (checkout.app / "manifests").iterdir():
        path.unlink()
    known = {"@backstage/core": "1.0.0", "@backstage/plugin-leaf": "7.0.0", "@backstage/plugin-gone": "0.1.0"}
    parts = {"frontend": {"react": "18.3.1"}, "backend": {}, "build": {}}
    base = {"backstage": "2.0.0", "packages": known, "app": parts, "resolutions": {"rollup": "4.0.0"}}
    (checkout.app / "manifests" / "2.0.0.json").write_text(json.dumps(base))
    return checkout


def test_a_manifest_holds_the_template_what_it_asks_for_and_the_other_packages(
    npm: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_manifest.make_manifest(npm, "2.1.0", ["@backstage/plugin-named-by-hand"], PlainProgress(sys.stdout))
    manifest = read_manifest(path)
    assert (path.name, manifest.backstage) == ("2.1.0.json", "2.1.0")
    assert manifest.packages == {
        "@backstage/core": "1.1.0",
        "@backstage/leaf-common": "1.1.0",
        "@backstage/plugin-leaf": "7.1.0",
        "@backstage/plugin-named": "1.1.0",
        "@backstage/plugin-named-by-hand": "8.1.0",
        "@backstage/types": "1.1.0",
    }
    assert (manifest.frontend, manifest.resolutions) == ({"react": "18.3.1"}, {"rollup": "4.0.0"})
    said = capsys.readouterr().out
    assert "@backstage/plugin-gone is left out" in said
    # Asked for, and not published.
    assert "the registry has no @backstage/leaf-common 1.1.0" in said
    assert "no @backstage/types" not in said


def test_the_same_release_again_is_the_same_bytes(npm: Checkout) -> None:
    first = make_manifest.make_manifest(npm, "2.1.0", ["@backstage/plugin-named-by-hand"], PlainProgress()).read_bytes()
    again = make_manifest.make_manifest(npm, "2.1.0", [], PlainProgress()).read_bytes()
    assert again == first


def test_a_release_that_npm_does_not_have_is_a_sentence(npm: Checkout) -> None:
    with pytest.raises(PortalError, match=r"none of the \d+ newest versions of @backstage/create-app is from"):
        make_manifest.make_manifest(npm, "9.9.9", [], PlainProgress())
    assert not (npm.app / "manifests" / "9.9.9.json").exists()


@pytest.mark.parametrize("words", [[], ["1.55"], ["latest"]])
def test_without_a_release_the_command_says_what_to_write(words: list[str]) -> None:
    with pytest.raises(InputError, match=r"make manifest RELEASE=1\.56\.0"):
        make_manifest.main(words)
