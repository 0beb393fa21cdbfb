"""The composition is a function of portal.yaml, the catalogue and the release's manifest, and of nothing else."""

from __future__ import annotations

import json

from portal.base.checkout import Checkout
from portal.plugins.load import load_plugins
from portal.release.locked import composition_id, locked_composition
from portal.release.manifest import manifest_for
from portal.release.package_files import package_files
from portal.release.release import read_portal


def test_core_plugins_and_what_is_required_come_along(checkout: Checkout) -> None:
    checkout.portal_file.write_text("backstage: 1.55.0\norganization: Acme\nplugins: [sentry: {organization: acme}]\n")
    _, _, composition = read_portal(checkout)
    core = {record.id for record in load_plugins().values() if record.core}
    assert set(composition.records) == core | {"sentry", "proxy"}


def test_the_order_of_plugins_changes_no_byte_of_what_is_built(checkout: Checkout) -> None:
    """Neither the id of the composition nor the files that Yarn and the bundler read."""

    def composed(plugins: str) -> tuple[str, str]:
        checkout.portal_file.write_text(f"backstage: 1.55.0\norganization: Acme\nplugins: [{plugins}]\n")
        composition = read_portal(checkout)[2]
        return composition_id(composition), json.dumps(package_files(composition))

    assert composed("techdocs, kubernetes") == composed("kubernetes, techdocs")
    assert composed("techdocs, kubernetes") != composed("techdocs")


def test_every_version_is_exact(checkout: Checkout) -> None:
    _, _, composition = read_portal(checkout)
    for versions in (composition.frontend, composition.backend, composition.build, composition.resolutions):
        for name, version in versions.items():
            assert version.replace(".", "").isdigit(), f"{name} {version}"


def test_every_package_of_backstage_has_one_version(checkout: Checkout) -> None:
    """Also those that only others ask for, in ranges: a lock of next month has the versions of today."""
    composition = read_portal(checkout)[2]
    known = manifest_for(checkout.app, composition.backstage, "portal.yaml").packages
    direct = {**composition.frontend, **composition.backend, **composition.build}
    assert {name: composition.resolutions[name] for name in known} == {
        name: direct.get(name, version) for name, version in known.items()
    }


def test_two_parts_of_the_app_may_have_two_versions_of_a_package(checkout: Checkout) -> None:
    manifest = checkout.app / "manifests" / "1.55.0.json"
    content = json.loads(manifest.read_text())
    content["app"]["frontend"]["@backstage/config"] = "1.0.0"
    content["app"]["backend"] |= {"@backstage/config": "2.0.0", "@backstage/errors": "3.0.0"}
    manifest.write_text(json.dumps(content))
    resolutions = read_portal(checkout)[2].resolutions
    assert "@backstage/config" not in resolutions
    assert resolutions["@backstage/errors"] == "3.0.0"


def test_the_lock_and_schema_are_those_of_portal_yaml(checkout: Checkout) -> None:
    _, _, composition = read_portal(checkout)
    assert locked_composition(checkout.app) == composition_id(composition), "lock it as tests/portals/README.md says"
    locked = (checkout.app / "yarn.lock").read_text()
    for name, version in {**composition.frontend, **composition.backend, **composition.build}.items():
        assert f'"{name}@npm:{version}' in locked or f", {name}@npm:{version}" in locked, name


def test_the_lock_names_no_address(checkout: Checkout) -> None:
    locked = (checkout.app / "yarn.lock").read_text()
    assert "__archiveUrl" not in locked
    assert "http://" not in locked.replace("http://www.", "")
