"""`portal build` around the build itself: what it compares, what it writes beside a release, and who points to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.command.verbs import build as verbs_build
from portal.image.build import require_same_images
from portal.release.images import Images
from portal.release.sbom import read_sbom
from tests.command.in_process import portal
from tests.support.checkouts import commit_all, whole_checkout
from tests.support.kept_releases import point_to
from tests.support.signed_releases import sbom

REPOSITORY = "registry.acme.example/portal"


def images(digest: str = "ab", name: str = REPOSITORY) -> Images:
    image = {"digests": {"linux/amd64": "sha256:" + digest * 32}, "origin": "built"}
    roles = {role: {"name": name, **image} for role in ("portal", "database", "base")}
    return Images.model_validate({"key": "", **roles})


@pytest.fixture
def pushing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout whose images are built and pushed by nobody."""
    checkout = whole_checkout(tmp_path / "portal")

    def ready(*_: object, **__: object) -> Images:
        return images()

    def listing(*_: object) -> bytes:
        return sbom("MIT")

    monkeypatch.setattr(verbs_build, "build_images", ready)
    monkeypatch.setattr(verbs_build, "push_images", ready)
    monkeypatch.setattr(verbs_build, "image_sbom", listing)
    return checkout


def test_a_push_writes_a_release_with_an_sbom_beside_it(pushing: Checkout) -> None:
    ended = portal("build", "--push", REPOSITORY, "--json", cwd=pushing.root)
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    found = read_sbom(pushing, answer["release"])
    assert found is not None
    assert answer["sbom"] == pushing.relative(found.path)
    assert found.path.read_bytes() == sbom("MIT")


@pytest.mark.parametrize("program", [None, "b" * 40])
def test_a_stack_can_be_pointed_to_the_release_and_to_its_program_if_it_has_one(
    pushing: Checkout, program: str | None
) -> None:
    if program is not None:
        point_to(pushing, "local", "workspace", program)
        commit_all(pushing.root)
    before = pushing.stack_file("local").read_text()
    ended = portal("build", "--push", REPOSITORY, "--pin", "local", cwd=pushing.root)
    assert ended.returncode == 0, ended.stderr
    (release,) = (path.name for path in pushing.releases.iterdir())
    assert f"Wrote releases/{release}, and local points to it: commit both." in ended.stdout
    lines = pushing.stack_file("local").read_text().splitlines()
    new = [line.strip() for line in lines if line not in before.splitlines()]
    source = json.loads((pushing.releases / release / "release.json").read_text())["source"]
    assert new == [f"portal:release: {release}", *([f"portal:program: {source}"] if program else [])]


def test_a_stack_that_asks_for_a_signature_points_to_it_and_the_command_to_sign_it_is_printed(
    pushing: Checkout,
) -> None:
    """The release has to be in the commit that somebody signs. No deployment takes it before."""
    file = pushing.stack_file("local")
    file.write_text(f"{file.read_text().rstrip()}\n  portal:signedBy: [MCowBQYDK2VwAyEA{'A' * 43}=]\n")
    commit_all(pushing.root)
    ended = portal("build", "--push", REPOSITORY, "--pin", "local", cwd=pushing.root)
    assert ended.returncode == 0, ended.stderr
    (release,) = (path.name for path in pushing.releases.iterdir())
    assert f"local deploys only what is signed: run `portal release sign {release} --key FILE`" in ended.stdout
    refused = portal("check", "--stack", "local", cwd=pushing.root)
    assert refused.returncode == 2
    assert f"{release} is not signed" in refused.stderr


def test_what_makes_no_sense_is_refused_before_anything_is_built(
    pushing: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> Images:
        raise AssertionError("nothing is to be built")

    monkeypatch.setattr(verbs_build, "build_images", never)
    for words, said in (
        (("--pin", "local"), "Add --push"),
        (("--compare", "--push", REPOSITORY), "one of the two"),
        (("--push", REPOSITORY, "--pin", "other"), "other"),
        (("--push", REPOSITORY, "--pin", "../local"), "--pin"),
    ):
        ended = portal("build", *words, cwd=pushing.root)
        assert ended.returncode == 2
        assert said in ended.stderr


def test_two_builds_are_compared_if_there_was_one(pushing: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    def says(found: Images | None) -> Callable[..., Images | None]:
        return lambda *_, **__: found

    monkeypatch.setattr(verbs_build, "up_to_date_images", says(None))
    ended = portal("build", "--compare", cwd=pushing.root)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "run `portal build` first" in ended.stderr.lower()
    monkeypatch.setattr(verbs_build, "up_to_date_images", says(images()))
    ended = portal("build", "--compare", cwd=pushing.root)
    assert ended.returncode == 0, ended.stderr
    assert "are the same as those of the build before" in ended.stdout
    monkeypatch.setattr(verbs_build, "up_to_date_images", says(images("cd")))
    ended = portal("build", "--compare", cwd=pushing.root)
    assert ended.returncode == 1
    assert "gave two images" in ended.stderr


def test_a_difference_of_either_image_is_seen() -> None:
    require_same_images(images(), images(name="localhost/portal"))
    for role in ("portal", "database"):
        with pytest.raises(PortalError, match=f"{'cd' * 32}"):
            require_same_images(images(), images().model_copy(update={role: images("cd").portal}))
