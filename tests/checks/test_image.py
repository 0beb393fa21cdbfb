"""What is deployed for others comes from a registry; what somebody tries out on their own machine need not."""

from __future__ import annotations

import json
import re

import pytest

from portal.base.checkout import Checkout
from portal.checks.image import check_image
from portal.command.context import Context
from portal.release.images import built_images
from tests.conftest import give_secrets


def build(checkout: Checkout) -> None:
    """What `portal build` writes down: images that lie in archives of this checkout."""
    digests = {"linux/amd64": "sha256:" + "1" * 64}
    images = {
        name: {"name": f"localhost/{name}", "digests": digests, "origin": "built", "archive": f"{name}.tar"}
        for name in ("portal", "database", "base")
    }
    file = checkout.state / "build" / "images.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"key": "k", **images}))


def sentences(checkout: Checkout) -> list[str]:
    return [error.sentence for error in check_image(Context(checkout.root).plan("kubernetes"))]


@pytest.fixture
def shared(checkout: Checkout) -> Checkout:
    """The worked example without its mirror, of a checkout that was built."""
    build(checkout)
    give_secrets(checkout, "kubernetes")
    file = checkout.stack_file("kubernetes")
    file.write_text(re.sub(r"  portal:images: .*\n", "", file.read_text()))
    return checkout


def test_an_image_that_no_registry_has_is_refused_for_others(shared: Checkout) -> None:
    (sentence,) = sentences(shared)
    # The example's database is elsewhere.
    assert "with images that no registry has (localhost/portal)" in sentence
    assert "portal build --push" in sentence


def test_on_a_loopback_address_it_may_be_tried(shared: Checkout) -> None:
    file = shared.stack_file("kubernetes")
    file.write_text(
        file.read_text().replace("portal:url: https://portal.acme.example", "portal:url: http://localhost:7007")
    )
    assert sentences(shared) == []


def test_a_mirror_may_have_it(shared: Checkout) -> None:
    file = shared.stack_file("kubernetes")
    file.write_text(f"{file.read_text()}  portal:images: {{registry: mirror.acme.example}}\n")
    assert sentences(shared) == []


@pytest.mark.parametrize("damage", ["", "{", '{"key": 1}'])
def test_what_was_half_written_counts_as_not_built(checkout: Checkout, damage: str) -> None:
    build(checkout)
    assert built_images(checkout.state) is not None
    (checkout.state / "build" / "images.json").write_text(damage)
    assert built_images(checkout.state) is None
