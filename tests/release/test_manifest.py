"""A manifest pins every package that the release's packages have; what it does not hold is an error in a sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.yaml_document import read_document
from portal.models.base import validated
from portal.plugins import load
from portal.plugins.record import PluginRecord, SignInRecord
from portal.release.composition import compose
from portal.release.manifest import SCOPE, manifest_for, read_manifest
from portal.release.release import read_portal
from tests.support.checkouts import ROOT

MANIFESTS = sorted((ROOT / "app" / "manifests").glob("*.json"))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_manifest_is_called_as_its_release_and_its_versions_are_exact(path: Path) -> None:
    manifest = read_manifest(path)
    assert manifest.backstage == path.stem
    for name, version in {**manifest.packages, **manifest.resolutions}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
    assert list(manifest.packages) == sorted(manifest.packages)
    assert {name for name in manifest.packages if not name.startswith(SCOPE)} == set()


def unknown(package: str) -> dict[str, object]:
    about = {"id": "example", "title": "Example", "summary": "Does something.", "homepage": "https://example.com"}
    return {**about, "core": True, "packages": {"backend": {package: None}}}


@pytest.mark.parametrize(
    ("package", "ends"),
    [
        ("@acme/plugin-catalog", "rite the exact version to install (`@acme/plugin-catalog: 1.2.3`)."),
        ("@backstage/plugin-catalogue-backend", "Did you mean @backstage/plugin-catalog-backend?"),
    ],
)
@pytest.mark.parametrize("folder", ["records", "signin"])
def test_a_package_without_a_version_is_a_sentence(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, folder: str, package: str, ends: str
) -> None:
    portal = read_portal(checkout)[0]
    document = read_document(checkout.portal_file, "portal.yaml")
    record: PluginRecord | SignInRecord = validated(
        PluginRecord if folder == "records" else SignInRecord, unknown(package), lambda _: "test"
    )
    plugins = {**load.load_plugins(), **({"example": record} if folder == "records" else {})}
    providers = {**load.load_sign_in(), **({"example": record} if folder == "signin" else {})}
    monkeypatch.setattr("portal.release.composition.load_plugins", lambda: plugins)
    monkeypatch.setattr("portal.release.composition.load_sign_in", lambda: providers)
    with pytest.raises(InputError) as caught:
        compose(portal, document, checkout.app)
    assert caught.value.where == f"portal/plugins/{folder}/example.yaml"
    assert caught.value.key == f"packages.backend.{package}"
    assert caught.value.sentence.endswith(ends)


def test_a_package_of_our_own_sources_without_a_version_names_the_manifest(checkout: Checkout) -> None:
    path = checkout.app / "manifests" / "1.55.0.json"
    content = json.loads(path.read_text())
    content["app"]["build"]["@acme/builder"] = None
    path.write_text(json.dumps(content))
    with pytest.raises(InputError) as caught:
        read_portal(checkout)
    assert (caught.value.where, caught.value.key) == ("app/manifests/1.55.0.json", "app.build.@acme/builder")


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_damaged_manifest_is_a_sentence(checkout: Checkout, text: str) -> None:
    (checkout.app / "manifests" / "1.55.0.json").write_text(text)
    with pytest.raises(InputError, match=r"app/manifests/1\.55\.0\.json"):
        manifest_for(checkout.app, "1.55.0", "test")
