"""A release is a bundle of its own: what the checkout says later changes nothing for a stack that pins it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.checks import findings
from portal.plan import load_plan
from portal.release.bundle import Release
from portal.release.images import Image, Images, mirrored
from portal.release.release import load_release, write_release

DIGEST = "sha256:" + "ab" * 32
COMMIT = "0" * 40


def in_registry(name: str) -> Image:
    return Image.model_validate({"name": name, "digests": {"linux/amd64": DIGEST}, "origin": "built"})


def released(checkout: Checkout, source: str = COMMIT) -> Release:
    images = Images(
        key="",
        portal=in_registry("registry.acme.example/portal"),
        database=in_registry("registry.acme.example/portal-postgres"),
        base=in_registry("node"),
    )
    return write_release(checkout, images, source)


@pytest.fixture
def pinned(checkout: Checkout) -> Release:
    """A release that the stack ``local`` pins."""
    release = released(checkout)
    file = checkout.stack_file("local")
    file.write_text(file.read_text().replace("config:\n", f"config:\n  portal:release: {release.id}\n", 1))
    return release


def test_a_bundle_is_read_as_it_was_written(checkout: Checkout) -> None:
    release = released(checkout)
    assert load_release(checkout, release.id, "somewhere").release == release


def test_the_same_input_has_the_same_id_and_the_first_bundle_stays(checkout: Checkout) -> None:
    first = released(checkout)
    second = released(checkout, source="1" * 40)
    assert second.id == first.id
    assert load_release(checkout, first.id, "somewhere").release.source == COMMIT


def test_another_input_has_another_id(checkout: Checkout) -> None:
    first = released(checkout)
    checkout.portal_file.write_text(f"{checkout.portal_file.read_text()}\ntitle: Another\n")
    assert released(checkout).id != first.id


@pytest.mark.usefixtures("pinned")
def test_a_pinned_stack_runs_what_was_released(checkout: Checkout) -> None:
    checkout.portal_file.write_text("backstage: 1.55.0\norganization: Somebody else\n")
    plan = load_plan(checkout, "local")
    assert plan.app_config.data["organization"]["name"] == "Acme"
    assert plan.image == f"registry.acme.example/portal@{DIGEST}"
    assert findings(plan) == []


def test_a_bundle_holds_no_path_and_no_secret(checkout: Checkout) -> None:
    text = (checkout.releases / released(checkout).id / "release.json").read_text()
    assert str(checkout.root) not in text
    assert str(Path.home()) not in text
    assert json.loads(text)["images"]["portal"]["archive"] is None


@pytest.mark.parametrize(
    ("reference", "in_the_mirror"),
    [
        ("ghcr.io/acme/portal@sha256:1", "mirror.example/hub/acme/portal@sha256:1"),
        ("localhost:5000/portal@sha256:1", "mirror.example/hub/portal@sha256:1"),
        ("bitnami/postgresql@sha256:1", "mirror.example/hub/bitnami/postgresql@sha256:1"),
        ("postgres:18-trixie@sha256:1", "mirror.example/hub/library/postgres:18-trixie@sha256:1"),
    ],
)
def test_a_mirror_takes_the_place_of_the_registry(reference: str, in_the_mirror: str) -> None:
    assert mirrored(reference, "mirror.example/hub") == in_the_mirror
    assert mirrored(reference, None) == reference
