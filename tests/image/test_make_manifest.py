"""A manifest is made from what npm has; here an npm of three releases stands in for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.progress import PlainProgress
from portal.image.create_app import CreateApp, template_versions
from portal.image.make_manifest import main, make_manifest
from portal.release.manifest import read_manifest
from tests.support.fake_npm import use_fake_npm, write_create_app

# Which create-app is of which release, with the versions in its template.
RELEASES = {"0.1.0": ("2.0.0", "1.0.0"), "0.2.0": ("2.1.0", "1.1.0"), "0.3.0": ("2.2.0", "1.2.0")}


@pytest.fixture
def npm(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    packages: dict[str, dict[str, Any]] = {"@backstage/create-app": {}}
    for version, (_, core) in RELEASES.items():
        asks = {"dependencies": {"@backstage/types": f"^{core}"}, "peerDependencies": {"react": "^18.0.0"}}
        packages["@backstage/create-app"][version] = {}
        packages.setdefault("@backstage/types", {})[core] = {}
        packages.setdefault("@backstage/core", {})[core] = asks
        packages.setdefault("@backstage/plugin-named", {})[core] = {}
        packages.setdefault("@backstage/plugin-leaf", {})[f"7{core[1:]}"] = {
            "dependencies": {"@backstage/core": f"^{core}", "@backstage/leaf-common": f"^{core}"}
        }
        packages.setdefault("@backstage/plugin-named-by-hand", {})[f"8{core[1:]}"] = {
            "dependencies": {"@backstage/core": f"^{core}"}
        }
    packages["@backstage/plugin-gone"] = {"0.1.0": {"dependencies": {"@backstage/core": "^3.0.0"}}}
    # The registry lost 1.1.0. What came after it is from a later release, and asks for its packages.
    packages["@backstage/plugin-named"] = {
        "1.0.0": {},
        "1.1.1-next.0": {},
        "1.1.3": {"dependencies": {"@backstage/types": "^1.1.5", "@backstage/only-here": "^1.1.0"}},
        "1.1.4": {"dependencies": {"@backstage/types": "^1.2.0"}},
        "1.2.0": {},
    }
    packages["@backstage/only-here"] = {"1.1.0": {}}
    registry = use_fake_npm(tmp_path, packages, monkeypatch)
    for version, (release, core) in RELEASES.items():
        write_create_app(registry, version, release, core)
    for path in (checkout.app / "manifests").iterdir():
        path.unlink()
    known = {"@backstage/core": "1.0.0", "@backstage/plugin-leaf": "7.0.0", "@backstage/plugin-gone": "0.1.0"}
    parts = {"frontend": {"react": "18.3.1"}, "backend": {}, "build": {}}
    base = {"backstage": "2.0.0", "packages": known, "app": parts, "resolutions": {"rollup": "4.0.0"}}
    (checkout.app / "manifests" / "2.0.0.json").write_text(json.dumps(base))
    return checkout


def test_a_manifest_holds_the_template_what_it_asks_for_and_the_other_packages(npm: Checkout) -> None:
    made = make_manifest(npm, "2.1.0", ["@backstage/plugin-named-by-hand"], PlainProgress())
    manifest = read_manifest(made.path)
    assert (made.path.name, manifest.backstage) == ("2.1.0.json", "2.1.0")
    assert manifest.packages == {
        "@backstage/core": "1.1.0",
        "@backstage/leaf-common": "1.1.0",
        "@backstage/plugin-leaf": "7.1.0",
        "@backstage/only-here": "1.1.0",
        "@backstage/plugin-named": "1.1.3",
        "@backstage/plugin-named-by-hand": "8.1.0",
        "@backstage/types": "1.1.0",
    }
    assert (manifest.frontend, manifest.resolutions) == ({"react": "18.3.1"}, {"rollup": "4.0.0"})
    said = dict(made.notes)
    assert sorted(said) == ["@backstage/leaf-common", "@backstage/plugin-gone", "@backstage/plugin-named"]
    assert "is left out" in said["@backstage/plugin-gone"]
    # Asked for, and published in no version at all.
    assert "the registry has no @backstage/leaf-common 1.1.0" in said["@backstage/leaf-common"]


def test_a_version_that_the_registry_lacks_is_replaced_by_its_nearest_later_patch(npm: Checkout) -> None:
    """And a later patch, which is of a later release, raises nothing that others ask for."""
    made = make_manifest(npm, "2.1.0", [], PlainProgress())
    versions = read_manifest(made.path).packages
    assert (versions["@backstage/plugin-named"], versions["@backstage/types"]) == ("1.1.3", "1.1.0")
    assert dict(made.notes)["@backstage/plugin-named"] == (
        "the registry has no @backstage/plugin-named 1.1.0: 1.1.3 was taken, its nearest later patch"
    )


def test_the_same_release_again_is_the_same_bytes(npm: Checkout) -> None:
    first = make_manifest(npm, "2.1.0", ["@backstage/plugin-named-by-hand"], PlainProgress()).path.read_bytes()
    again = make_manifest(npm, "2.1.0", [], PlainProgress()).path.read_bytes()
    assert again == first


def test_a_release_that_npm_does_not_have_is_a_sentence(npm: Checkout) -> None:
    with pytest.raises(PortalError, match=r"none of the \d+ newest versions of @backstage/create-app is from"):
        make_manifest(npm, "9.9.9", [], PlainProgress())
    assert not (npm.app / "manifests" / "9.9.9.json").exists()


def test_a_name_of_a_release_that_is_none_gets_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be part of a file's name."""
    registry = use_fake_npm(tmp_path, {"@backstage/create-app": {"0.4.0": {}}}, monkeypatch)
    write_create_app(registry, "0.4.0", "../../evil", "1.0.0-next.1")
    apps = CreateApp(tmp_path / "apps")
    with pytest.raises(PortalError, match=r'names "\.\./\.\./evil", which is no stable version'):
        apps.newest_release()
    with pytest.raises(PortalError, match=r'names "1\.0\.0-next\.1"'):
        template_versions(apps.of_release("../../evil"))


@pytest.mark.parametrize("words", [[], ["1.55"], ["latest"]])
def test_without_a_release_the_command_says_what_to_write(words: list[str]) -> None:
    with pytest.raises(InputError, match=r"make manifest RELEASE=1\.56\.0"):
        main(words)
