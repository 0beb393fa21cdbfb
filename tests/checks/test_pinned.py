"""A release comes with its image, and the code of a commit deploys nothing but a release."""

from __future__ import annotations

import shutil

from portal.base.checkout import Checkout
from portal.checks import findings
from portal.plan import load_plan
from tests.support.checkouts import ROOT

COMMIT = "3f6c1a0e8d2b4c5f6a7980b1c2d3e4f506172839"
IMAGE = f"registry.acme.example/portal@sha256:{'0f' * 32}"
KEPT = max((ROOT / "tests" / "releases").iterdir(), key=lambda folder: len((folder / "release.json").read_bytes()))


def said(checkout: Checkout, **settings: str) -> list[str]:
    file = checkout.stack_file("local")
    lines = "".join(f"  portal:{key}: {value}\n" for key, value in settings.items())
    file.write_text(file.read_text().replace("config:\n", f"config:\n{lines}", 1))
    return [one.key for one in findings(load_plan(checkout, "local"))]


def test_the_code_of_a_commit_deploys_a_release(checkout: Checkout) -> None:
    shutil.copytree(KEPT, checkout.releases / KEPT.name)
    assert said(checkout, release=KEPT.name, program=COMMIT) == []


def test_it_does_not_deploy_a_checkout(checkout: Checkout) -> None:
    assert said(checkout, program=COMMIT) == ["portal:program"]


def test_a_release_has_its_own_image(checkout: Checkout) -> None:
    shutil.copytree(KEPT, checkout.releases / KEPT.name)
    assert said(checkout, release=KEPT.name, image=IMAGE) == ["portal:image"]


def test_a_checkout_may_have_an_image_from_elsewhere(checkout: Checkout) -> None:
    assert said(checkout, image=IMAGE) == []
