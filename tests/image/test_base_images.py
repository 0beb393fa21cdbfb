"""A release has the base images that the repository pins; another one is refused, and never taken in silence."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.progress import PlainProgress
from portal.image import base_images, build, push
from portal.image.base_images import BaseImage
from portal.image.container_builder import ContainerBuilder
from portal.image.pinned_images import PinnedImage, pinned_images, pinned_node, pinned_postgres
from portal.release.images import Image, Images
from portal.release.release import read_portal

ASSEMBLED = BaseImage("localhost/assembled:1", "", "assembled")


@dataclass
class Builder:
    """A builder that has what ``registry`` says; another image it cannot pull."""

    engine: ContainerBuilder
    pulled: Path
    assembled: list[str] = field(default_factory=list[str])


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Builder]:
    def make(*has: PinnedImage) -> Builder:
        program, pulled = tmp_path / "docker", tmp_path / "pulled"
        known = "|".join(image.reference for image in has) or "nothing"
        program.write_text(
            f'#!/bin/sh\necho "$2" >> {pulled}\n'
            f'case "$2" in {known}) ;; *) echo "toomanyrequests: come back later" >&2; exit 1;; esac\n'
        )
        program.chmod(0o755)
        made = Builder(ContainerBuilder("docker", program, tmp_path), pulled)

        def assemble(*_: object) -> BaseImage:
            made.assembled.append("one")
            return ASSEMBLED

        monkeypatch.setattr(base_images, "assembled_node", assemble)
        monkeypatch.setattr(base_images, "assembled_postgres", assemble)
        return made

    return make


def test_each_base_image_is_pinned_by_a_digest_of_its_own() -> None:
    images = pinned_images()
    assert sorted(images) == ["node", "postgres"]
    for image in images.values():
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", image.digest)
        # With a registry: podman asks which one, otherwise.
        assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]+(/[a-z0-9-]+)+", image.image)
        assert image.reference == f"{image.image}@{image.digest}"
    assert len({image.digest for image in images.values()}) == len(images)


@pytest.mark.parametrize("public_only", [False, True])
def test_what_is_pulled_is_what_is_pinned(builder: Callable[..., Builder], tmp_path: Path, public_only: bool) -> None:
    made = builder(pinned_node(), pinned_postgres())
    found = base_images.base_images(made.engine, tmp_path, PlainProgress(), public_only=public_only)
    assert made.pulled.read_text().split() == [pinned_node().reference, pinned_postgres().reference]
    assert [image.reference for image in found] == [pinned_node().reference, pinned_postgres().reference]
    assert [image.origin for image in found] == ["public", "public"]
    assert made.assembled == []


@pytest.mark.parametrize("has", [(), (pinned_node(),), (pinned_postgres(),)], ids=["none", "node", "postgres"])
def test_a_release_waits_for_the_pinned_images(
    builder: Callable[..., Builder], tmp_path: Path, has: tuple[PinnedImage, ...]
) -> None:
    made = builder(*has)
    with pytest.raises(PortalError, match=r"needs it \(toomanyrequests.*--assembled-base"):
        base_images.base_images(made.engine, tmp_path, PlainProgress(), public_only=True)
    assert made.assembled == []


def test_on_this_machine_they_are_assembled_and_that_is_said(
    builder: Callable[..., Builder], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = builder(pinned_postgres())
    found = base_images.base_images(made.engine, tmp_path, PlainProgress(sys.stdout), public_only=False)
    assert [image.origin for image in found] == ["assembled", "public"]
    said = capsys.readouterr().out
    assert f"{pinned_node().image} cannot be pulled" in said
    assert "toomanyrequests" in said


def image(name: str, digest: str, origin: str) -> Image:
    return Image.model_validate({"name": name, "digests": {"linux/amd64": digest}, "origin": origin})


def images(*, node: str = "", node_origin: str = "public", postgres_origin: str = "public", key: str = "") -> Images:
    base, database = pinned_node(), pinned_postgres()
    return Images(
        key=key,
        portal=image("localhost/portal", "sha256:" + "1" * 64, "built"),
        database=image(database.image, database.digest, postgres_origin),
        base=image(base.image, node or base.digest, node_origin),
    )


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(images(node="sha256:" + "2" * 64), id="another-digest"),
        pytest.param(images(node_origin="assembled"), id="an-assembled-base"),
        pytest.param(images(postgres_origin="assembled"), id="an-assembled-database"),
    ],
)
def test_nothing_but_the_pinned_images_is_pushed(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, given: Images
) -> None:
    def never(*_: object) -> ContainerBuilder:
        raise AssertionError

    monkeypatch.setattr(push, "container_builder", never)
    with pytest.raises(SituationError, match="--assembled-base"):
        push.push_images(given, checkout, "registry.acme.example/portal", PlainProgress())
    with pytest.raises(AssertionError):
        push.push_images(given, checkout, "registry.acme.example/portal", PlainProgress(), assembled=True)


@dataclass
class Builds:
    """Builds whose steps only leave what decides about the next one."""

    checkout: Checkout
    origin: str = "public"
    count: int = 0

    def run(self, *, public_only: bool = False) -> bool:
        """Whether something was built."""
        before = self.count
        _, _, composition = read_portal(self.checkout)
        build.build_images(composition, self.checkout, PlainProgress(), public_only=public_only)
        return self.count > before


@pytest.fixture
def builds(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builds:
    made = Builds(checkout)
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho 1\n")
    program.chmod(0o755)

    def put_together(*given: object) -> Images:
        made.count += 1
        return images(node_origin=made.origin, key=str(given[3]))

    def nothing(*_: object, **__: object) -> None:
        """The app is built elsewhere."""

    def app_key(*_: object) -> str:
        return "app"

    def engine(*_: object) -> ContainerBuilder:
        return ContainerBuilder("docker", program, tmp_path)

    def bases(*_: object, **__: object) -> tuple[BaseImage, BaseImage]:
        return ASSEMBLED, ASSEMBLED

    monkeypatch.setattr(build, "container_builder", engine)
    monkeypatch.setattr(build, "base_images", bases)
    monkeypatch.setattr(build, "_app_key", app_key)
    monkeypatch.setattr(build, "install_app", nothing)
    monkeypatch.setattr(build, "build_app", nothing)
    monkeypatch.setattr(build, "_images", put_together)
    monkeypatch.setattr(build, "require_disk", nothing)
    return made


def test_a_base_image_that_moves_is_built_again(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    assert builds.run()
    assert not builds.run()
    moved = {**pinned_images(), "node": replace(pinned_node(), digest="sha256:" + "3" * 64)}
    monkeypatch.setattr(build, "pinned_images", lambda: moved)
    assert builds.run()
    assert not builds.run()


def test_only_files_of_the_checkout_are_put_into_an_image(builds: Builds, tmp_path: Path) -> None:
    """A link to a private key, from whoever wrote the content, to everybody who can pull the image."""
    (tmp_path / "id_rsa").write_text("private")
    content = builds.checkout.content
    (content / "inside").symlink_to("catalog")
    assert builds.run()
    for name, target in (
        ("absolute", str(tmp_path / "id_rsa")),
        ("folder", str(tmp_path)),
        ("up", "../../Pulumi.yaml"),
    ):
        (content / "catalog" / name).symlink_to(target)
        with pytest.raises(SituationError, match=rf"{name} is a link to"):
            builds.run()
        (content / "catalog" / name).unlink()
    os.mkfifo(content / "pipe")
    with pytest.raises(SituationError, match="neither a file nor a folder"):
        builds.run()


def test_a_release_does_not_take_over_an_assembled_base(builds: Builds) -> None:
    """A registry that refused for a moment, then another command that makes the release."""
    builds.origin = "assembled"
    assert builds.run()
    assert not builds.run()
    builds.origin = "public"
    assert builds.run(public_only=True)
    assert not builds.run(public_only=True)


def test_an_image_that_cannot_be_pulled_ends_a_build_before_its_long_part(
    builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> tuple[BaseImage, BaseImage]:
        raise PortalError("toomanyrequests")

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(build, "base_images", refuses)
    monkeypatch.setattr(build, "build_app", never)
    with pytest.raises(PortalError, match="toomanyrequests"):
        builds.run(public_only=True)
    assert builds.count == 0
