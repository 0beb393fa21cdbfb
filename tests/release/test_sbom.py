"""An SBOM lies beside a release: the release's id does not depend on it, and its name says what has to be in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.release.beside import SBOM, files_beside
from portal.release.sbom import NO_LICENSE, read_sbom
from tests.support.signed_releases import release_with, sbom


def file_of(checkout: Checkout, release_id: str) -> Path:
    (path,) = files_beside(checkout.releases / release_id, SBOM)
    return path


def test_an_sbom_is_read_as_it_was_written(checkout: Checkout) -> None:
    release = release_with(checkout, sbom("MIT", "MIT", "Apache-2.0", ""))
    found = read_sbom(checkout, release.id)
    assert found is not None
    assert found.path == file_of(checkout, release.id)
    assert found.components == 4
    assert list(found.licenses.items()) == [("MIT", 2), ("Apache-2.0", 1), (NO_LICENSE, 1)]


@pytest.mark.parametrize(
    ("licenses", "counted"),
    [
        ([{"license": {"id": "MIT"}}, {"license": {"name": "Our own"}}], "MIT AND Our own"),
        ([{"license": {"id": "MIT"}}, {"license": {"id": "MIT", "url": "https://acme.example"}}], "MIT"),
        ([{"expression": "(MIT OR CC0-1.0)"}], "MIT OR CC0-1.0"),
        ([{"expression": "(MIT OR GPL-2.0) AND (BSD-2-Clause)"}], "(MIT OR GPL-2.0) AND (BSD-2-Clause)"),
        ([{"license": {"url": "https://acme.example"}}, "MIT", {"license": "MIT"}], NO_LICENSE),
        ("MIT", NO_LICENSE),
    ],
)
def test_licenses_are_counted_as_they_are_stated(checkout: Checkout, licenses: object, counted: str) -> None:
    content = json.dumps({"bomFormat": "CycloneDX", "components": [{"name": "one", "licenses": licenses}]}).encode()
    found = read_sbom(checkout, release_with(checkout, content).id)
    assert found is not None
    assert dict(found.licenses) == {counted: 1}


def test_the_id_does_not_depend_on_it_and_the_first_one_stays(checkout: Checkout) -> None:
    without = release_with(checkout, None)
    assert read_sbom(checkout, without.id) is None
    # A release of before there were any gets one.
    assert release_with(checkout, sbom("MIT")).id == without.id
    first = file_of(checkout, without.id).read_bytes()
    assert release_with(checkout, sbom("Apache-2.0")).id == without.id
    assert file_of(checkout, without.id).read_bytes() == first == sbom("MIT")


def test_releases_with_the_same_packages_have_the_same_file(checkout: Checkout) -> None:
    one = release_with(checkout, sbom("MIT"))
    checkout.portal_file.write_text(f"{checkout.portal_file.read_text()}\ntitle: Another\n")
    other = release_with(checkout, sbom("MIT"))
    assert one.id != other.id
    assert file_of(checkout, one.id).name == file_of(checkout, other.id).name


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _second(path: Path) -> None:
    path.with_name(SBOM.name(b"{}")).write_bytes(b"{}")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_cut, "does not have the hash"),
        (_link, "It is a link"),
        (_folder, "It is a folder"),
        (_pipe, "It is a named pipe"),
        (_second, "several SBOMs"),
    ],
)
def test_a_damaged_one_is_a_sentence(checkout: Checkout, damage: Callable[[Path], None], said: str) -> None:
    release = release_with(checkout, sbom("MIT"))
    damage(file_of(checkout, release.id))
    with pytest.raises(SituationError, match=said):
        read_sbom(checkout, release.id)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"bomFormat": "CycloneDX"}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_sbom_is_a_sentence(checkout: Checkout, content: bytes) -> None:
    release = release_with(checkout, content)
    with pytest.raises(SituationError, match=r"damaged.*[Rr]estore it from its commit"):
        read_sbom(checkout, release.id)
