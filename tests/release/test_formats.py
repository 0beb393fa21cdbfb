"""A release stays readable: every format that was ever written is read, and rendered, by the code of today."""

from __future__ import annotations

import json
import shutil

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.yaml_text import yaml_text
from portal.checks import findings
from portal.graph.program import record_plan
from portal.plan import load_plan
from portal.release.bundle import read_bundle
from portal.release.formats import FORMAT, READABLE, in_newest_format
from tests.support.checkouts import ROOT

# One release of each format, as the code of its time wrote it. None is ever changed.
KEPT = {
    json.loads(file.read_text())["format"]: file.parent
    for file in sorted((ROOT / "tests" / "releases").glob("*/release.json"))
}


@pytest.fixture(params=sorted(KEPT))
def kept(request: pytest.FixtureRequest, checkout: Checkout) -> tuple[int, str]:
    """A format, and a release of it that the stack ``local`` points to."""
    folder = KEPT[request.param]
    shutil.copytree(folder, checkout.releases / folder.name)
    file = checkout.stack_file("local")
    file.write_text(file.read_text().replace("config:\n", f"config:\n  portal:release: {folder.name}\n", 1))
    return request.param, folder.name


def test_there_is_a_release_of_every_format_that_can_be_read() -> None:
    assert sorted(KEPT) == sorted(READABLE)


def test_a_kept_release_is_read_checked_and_rendered(kept: tuple[int, str], checkout: Checkout) -> None:
    written, release_id = kept
    release, _ = read_bundle(checkout, release_id)
    assert (release.format, release.id) == (written, release_id)
    assert (release.built_from is None) == (written == 3)
    plan = load_plan(checkout, "local")
    assert findings(plan) == []
    assert release.images.portal.reference in yaml_text([one.inputs for one in record_plan(checkout, plan).objects()])


@pytest.mark.parametrize("written", [1, 2, FORMAT + 1, "4", None, True, 3.0])
def test_another_format_is_a_sentence_with_the_way_on(written: object) -> None:
    with pytest.raises(SituationError) as caught:
        in_newest_format({"format": written}, "releases/r-1/release.json")
    newer = written == FORMAT + 1
    assert ("Update this checkout" in str(caught.value)) == newer
    assert ("portal build --push" in str(caught.value)) != newer


def test_what_is_no_release_is_a_sentence(checkout: Checkout) -> None:
    folder = checkout.releases / "r-0123456789ab"
    folder.mkdir(parents=True)
    (folder / "release.json").write_text(json.dumps({"format": FORMAT, "id": "r-0123456789ab"}))
    with pytest.raises(PortalError, match="is damaged: restore it from its commit"):
        read_bundle(checkout, folder.name)
