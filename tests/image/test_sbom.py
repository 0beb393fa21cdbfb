"""The SBOM of an image: everything once, the same bytes for the same packages, and honest about what is not known."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.progress import PlainProgress
from portal.image import sbom, toolchain
from portal.image.image_packages import DebianPackage, ImagePackages
from portal.image.sbom import image_sbom
from portal.image.sbom_parts import BASE, PART, ROOT, merged
from portal.image.toolchain import Toolchain, fetch_from_package
from portal.image.unlocked_packages import packages_of_other_systems
from portal.release.images import Image, Images
from portal.release.release import read_portal

BASE_IMAGE = Image.model_validate(
    {"name": "docker.io/library/node", "digests": {"linux/amd64": "sha256:" + "ab" * 32}, "origin": "public"}
)
ASSEMBLED = Image.model_validate(
    {"name": "localhost/portal-base:0123456789ab", "digests": {"linux/amd64": ""}, "origin": "assembled"}
)
PACKAGES = ImagePackages("24.19.0", ("debian", "13"), (DebianPackage("libstdc++6", "14.2.0-19+b1", "amd64"),))


def component(name: str, version: str = "1.0.0", virtual: str = "") -> dict[str, Any]:
    group, _, short = name.rpartition("/")
    encoded = name.replace("@", "%40")
    return {
        "type": "library",
        "bom-ref": f"{name}@npm:{version}{virtual}",
        **({"group": group} if group else {}),
        "name": short,
        "version": version,
        "purl": f"pkg:npm/{encoded}@{version}",
        "licenses": [{"license": {"id": "MIT"}}],
        "author": "somebody",
        "externalReferences": [{"type": "vcs", "url": "https://git.acme.example/one"}],
    }


def part(name: str, *components: dict[str, Any], **needs: list[str]) -> dict[str, Any]:
    """What the plugin says about one part of the app. ``needs`` are the dependencies, by the short name."""
    root = f"{name}@workspace:packages/{name}"
    references = {one["name"]: one["bom-ref"] for one in components}
    dependencies = [
        {"ref": references[short], "dependsOn": [references[one] for one in others]} for short, others in needs.items()
    ]
    tools = [{"type": "library", "group": "@cyclonedx", "name": "yarn-plugin", "version": "3.4.0", "author": "them"}]
    return {
        "metadata": {"component": {"bom-ref": root, "name": name}, "tools": {"components": tools}},
        "components": list(components),
        "dependencies": [{"ref": root, "dependsOn": [one["bom-ref"] for one in components]}, *dependencies],
    }


PARTS = {
    "backend": part(
        "backend",
        component("express"),
        component("@acme/both"),
        component("fsevents"),
        {**component("app", "0.0.0-use.local"), "bom-ref": "app@link:../app::locator=backend"},
        express=["both"],
    ),
    "app": part(
        "app",
        component("react"),
        component("@acme/both", virtual=" [0a1b2]"),
        component("@acme/both", virtual=" [c3d4e]"),
        react=["both"],
    ),
}
OTHERS = frozenset({"fsevents@1.0.0"})


def by_reference(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {one["bom-ref"]: one for one in document["components"]}
    assert len(found) == len(document["components"])
    return found


def test_every_package_is_there_once_with_the_parts_that_have_it() -> None:
    found = by_reference(merged(PARTS, BASE_IMAGE, PACKAGES, OTHERS))
    parts = {ref: [one["value"] for one in entry["properties"]] for ref, entry in found.items()}
    assert all(one["name"] == PART for entry in found.values() for one in entry["properties"])
    assert parts == {
        "pkg:npm/%40acme/both@1.0.0": ["app", "backend"],
        "pkg:npm/express@1.0.0": ["backend"],
        "pkg:npm/react@1.0.0": ["app"],
        "base": ["base"],
        "debian-13": ["base"],
        "pkg:generic/node@24.19.0": ["base"],
        "pkg:deb/debian/libstdc%2B%2B6@14.2.0-19%2Bb1?arch=amd64&distro=debian-13": ["base"],
    }
    assert found["pkg:npm/express@1.0.0"]["licenses"] == [{"license": {"id": "MIT"}}]


def test_what_needs_what_stays_and_everything_is_reached_from_the_image() -> None:
    document = merged(PARTS, BASE_IMAGE, PACKAGES, OTHERS)
    needs = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    assert needs["pkg:npm/react@1.0.0"] == ["pkg:npm/%40acme/both@1.0.0"]
    assert needs["pkg:npm/express@1.0.0"] == ["pkg:npm/%40acme/both@1.0.0"]
    assert needs[ROOT] == [BASE, *(f"pkg:npm/{name}@1.0.0" for name in ("%40acme/both", "express", "react"))]
    assert set(needs[BASE]) == {ref for ref in by_reference(document) if not ref.startswith("pkg:npm/")} - {BASE}
    reached, waiting = set[str](), [ROOT]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += needs.get(one, [])
    assert reached == {ROOT, *by_reference(document)}


def test_the_order_in_which_the_parts_come_changes_nothing() -> None:
    turned = {name: {**PARTS[name], "components": PARTS[name]["components"][::-1]} for name in reversed(PARTS)}
    one, other = (merged(parts, BASE_IMAGE, PACKAGES, OTHERS) for parts in (PARTS, turned))
    assert json.dumps(one) == json.dumps(other)


def test_nothing_of_the_moment_is_in_it() -> None:
    document = merged(PARTS, BASE_IMAGE, PACKAGES, OTHERS)
    assert sorted(document["metadata"]) == ["component", "tools"]
    serial = document["serialNumber"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", serial)
    assert merged(PARTS, BASE_IMAGE, PACKAGES, OTHERS)["serialNumber"] == serial
    assert merged(PARTS, BASE_IMAGE, ImagePackages(), OTHERS)["serialNumber"] != serial
    assert not re.search(r"somebody|externalReferences|git\.acme\.example", json.dumps(document))


@pytest.mark.parametrize(
    ("packages", "aggregate"),
    [
        (PACKAGES, "incomplete"),
        (ImagePackages(), "unknown"),
        (ImagePackages(node="24.19.0"), "unknown"),
        (ImagePackages(debian=PACKAGES.debian), "unknown"),
    ],
)
def test_what_is_not_known_of_the_base_is_said(packages: ImagePackages, aggregate: str) -> None:
    document = merged(PARTS, BASE_IMAGE, packages, OTHERS)
    assert document["compositions"] == [{"aggregate": aggregate, "assemblies": [BASE]}]


def test_the_base_is_named_by_its_digest_or_by_the_hash_of_its_content() -> None:
    public = by_reference(merged(PARTS, BASE_IMAGE, PACKAGES, OTHERS))[BASE]
    assert (public["name"], public["version"]) == ("docker.io/library/node", "sha256:" + "ab" * 32)
    assembled = by_reference(merged(PARTS, ASSEMBLED, PACKAGES, OTHERS))[BASE]
    assert (assembled["name"], assembled["version"]) == ("localhost/portal-base", "0123456789ab")


LOCK = """\
"fsevents@npm:~2.3.2":
  resolution: "fsevents@npm:2.3.3"
  checksum: 10c0/abc
  conditions: os=darwin

"@esbuild/linux-x64@npm:0.28.2":
  resolution: "@esbuild/linux-x64@npm:0.28.2"
  conditions: os=linux & cpu=x64 & libc=glibc

"@esbuild/linux-arm64@npm:0.28.2":
  resolution: "@esbuild/linux-arm64@npm:0.28.2"
  conditions: os=linux & cpu=arm64

"express@npm:^5.0.0":
  resolution: "express@npm:5.1.0"
  checksum: 10c0/def
"""


def test_packages_for_other_systems_are_known_from_the_lock() -> None:
    assert packages_of_other_systems(LOCK, "x64") == {"fsevents@2.3.3", "@esbuild/linux-arm64@0.28.2"}
    assert packages_of_other_systems(LOCK, "arm64") == {"fsevents@2.3.3", "@esbuild/linux-x64@0.28.2"}


# Yarn with CycloneDX's plugin: it says what the test says, and notes how it was called.
YARN = """\
import json, os, pathlib, sys
words = sys.argv[1:]
part = pathlib.Path.cwd().name
assert pathlib.Path("package.json").is_file() and pathlib.Path("../../yarn.lock").is_file()
assert pathlib.Path(os.environ["YARN_PLUGINS"]).name == "yarn-plugin-cyclonedx.cjs"
found = json.loads(pathlib.Path({found!r}).read_text())
pathlib.Path(words[words.index("--output-file") + 1]).write_text(json.dumps(found[part]))
with open({asked!r}, "a") as file:
    file.write(" ".join([part, *words[:-1]]) + "\\n")
"""


@pytest.fixture
def made(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bytes]:
    """Makes the SBOM of a checkout, with a plugin that says what ``PARTS`` has."""
    (tmp_path / "found.json").write_text(json.dumps(PARTS))
    script = tmp_path / "yarn.py"
    script.write_text(YARN.format(found=str(tmp_path / "found.json"), asked=str(tmp_path / "asked")))
    plugin = tmp_path / "cache" / "yarn-plugin-cyclonedx-3.4.0" / sbom.PLUGIN_FILE
    plugin.parent.mkdir(parents=True)
    plugin.write_text("")
    monkeypatch.setattr(sbom, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(sbom, "toolchain", lambda: Toolchain(Path(sys.executable), script, {}))
    (checkout.app / "packages" / "app").mkdir(parents=True)
    for name in ("app", "backend"):
        for folder in ("src", "public"):
            (checkout.app / "packages" / name / folder).mkdir(parents=True, exist_ok=True)
    (checkout.app / "tsconfig.json").write_text("{}")
    images = Images.model_validate({"key": "", "portal": BASE_IMAGE, "database": BASE_IMAGE, "base": BASE_IMAGE})
    _, _, composition = read_portal(checkout)
    return lambda: image_sbom(composition, checkout, images, PlainProgress())


def test_both_parts_of_the_app_are_listed_for_production(
    made: Callable[[], bytes], checkout: Checkout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = made()
    asked = sorted((tmp_path / "asked").read_text().splitlines())
    words = "cyclonedx --production --short-PURLs --output-reproducible --spec-version 1.6 --output-file"
    assert asked == [f"app {words}", f"backend {words}"]
    assert made() == first
    assert first.endswith(b"}\n")
    assert str(tmp_path).encode() not in first
    # No archive to look into.
    assert "does not say which packages its base contains" in capsys.readouterr().err
    assert not (checkout.build / "sbom").exists()


def published(folder: Path, files: dict[str, str]) -> str:
    """A package in a registry, which npm downloads into the current folder. Returns its integrity."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    (folder / "published.tgz").write_bytes(stream.getvalue())
    return f"sha512-{base64.b64encode(hashlib.sha512(stream.getvalue()).digest()).decode()}"


def test_a_plugin_that_is_not_the_pinned_one_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = f"import shutil; shutil.copy({str(tmp_path / 'published.tgz')!r}, 'package.tgz')"
    monkeypatch.setattr(toolchain, "npm_command", lambda: [sys.executable, "-c", npm])
    target = tmp_path / "cache" / "plugin.cjs"
    published(tmp_path, {"plugin.cjs": "another"})
    with pytest.raises(PortalError, match="does not have the pinned hash"):
        fetch_from_package("@acme/plugin", "1.0.0", sbom.PLUGIN_INTEGRITY, "plugin.cjs", target)
    integrity = published(tmp_path, {"other.cjs": "code"})
    with pytest.raises(PortalError, match=r"has no plugin\.cjs"):
        fetch_from_package("@acme/plugin", "1.0.0", integrity, "plugin.cjs", target)
    assert list(target.parent.iterdir()) == []
    integrity = published(tmp_path, {"plugin.cjs": "code"})
    fetch_from_package("@acme/plugin", "1.0.0", integrity, "plugin.cjs", target)
    assert [path.name for path in target.parent.iterdir()] == ["plugin.cjs"]
    assert target.read_text() == "code"
