"""What is deployed for others comes from a registry; what somebody tries out on their own machine need not."""

from __future__ import annotations

import re

import pytest

from portal.base.checkout import Checkout
from portal.checks.image import check_image
from portal.plan import load_plan
from portal.release.images import built_images
from tests.support.checkouts import give_secrets, pretend_built


def sentences(checkout: Checkout) -> list[str]:
    return [error.sentence for error in check_image(load_plan(checkout, "kubernetes"))]


@pytest.fixture
def shared(checkout: Checkout) -> Checkout:
    """The worked example without its mirror, of a checkout that was built."""
    pretend_built(checkout)
    give_secrets(checkout, "kubernetes")
    file = checkout.stack_file("kubernetes")
    file.write_text(re.sub(r"  portal:images: .*\n", "", file.read_text()))
    return checkout


def test_an_image_that_no_registry_has_is_refused_for_others(shared: Checkout) -> None:
    (sentence,) = sentences(shared)
    # The example's database is elsewhere, and the release's has the client that backs it up.
    assert "cannot pull images that are only on this machine (localhost/portal, localhost/database)" in sentence
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
    pretend_built(checkout)
    assert built_images(checkout) is not None
    (checkout.images_file).write_text(damage)
    assert built_images(checkout) is None
