"""Build the images of portal.yaml, and a release."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from portal.base.checkout import Checkout
from portal.base.errors import InputError, SituationError
from portal.base.files import write_whole
from portal.base.names import require_stack_name
from portal.base.process import output
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Builder, Json
from portal.command.verb import Verb
from portal.image.build import build_images, require_same_images, up_to_date_images
from portal.image.push import push_images, require_repository
from portal.image.sbom import image_sbom
from portal.release.bundle import Release
from portal.release.composition import Composition
from portal.release.images import Image, Images
from portal.release.locked import composition_id
from portal.release.migrations import read_migrations
from portal.release.release import WORKSPACE, read_portal, write_release
from portal.release.sbom import read_sbom
from portal.stackfile.edit import edited
from portal.stackfile.pointer import SIGNED_BY, Pointer, pointer_of
from portal.stackfile.read import StackFile, read_stack_file


class ImageAnswer(JsonAnswer):
    """An image."""

    name: str
    """The name, without a digest."""

    reference: str
    """`name@digest`: what a pod runs."""

    digests: dict[str, str]
    """The digests, by platform."""

    origin: str
    """`built` or `assembled` on this machine, or `public`."""

    archive: str | None = None
    """The OCI archive in the checkout, if no registry has the image."""

    archive_bytes: int | None = None
    """The size of the archive."""


class BuildAnswer(JsonAnswer):
    """`portal build --json`."""

    release: str
    """`workspace`, or with `--push` the release's id for `portal:release`."""

    images: dict[str, ImageAnswer]
    """`portal` and `database`."""

    sbom: str | None = None
    """With `--push`: the file in the checkout with the SBOM of the portal's image."""

    seconds: float
    """How long it took. Almost nothing if nothing changed."""


verb = Verb(answers=(BuildAnswer,))


@verb.writer()
def build(
    context: typer.Context,
    builder: Builder = None,
    push: Annotated[
        str | None,
        typer.Option("--push", help="Push to this repository, and write a release to releases/ that stacks can pin."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Build even if nothing changed.")] = False,
    assembled_base: Annotated[
        bool,
        typer.Option(
            "--assembled-base",
            help="With --push: if the pinned base images cannot be pulled, push images with an assembled base.",
        ),
    ] = False,
    pin: Annotated[
        str | None,
        typer.Option("--pin", metavar="STACK", help="With --push: let this stack's file point to the release."),
    ] = None,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Build again, and fail if the images differ from those of the last build."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Build the images of portal.yaml. Does nothing if nothing changed.

    Without --push, the release is `workspace`: this checkout as it is now. Local stacks can use it. With --push, the
    command also lists everything that the portal's image contains, and writes that list next to the release: its SBOM.

    \b
    portal build
    portal build --compare
    portal build --push registry.acme.example/portal
    portal build --push registry.acme.example/portal --pin dev
    """
    _require_sense(push, pin, compare=compare)
    _run(
        context.obj,
        builder,
        push,
        _Way(again=again, compare=compare, assembled=assembled_base, pin=pin),
        as_json=as_json,
    )


@dataclass(frozen=True)
class _Way:
    """How images are built, what is allowed to be pushed, and which stack is to point to the release."""

    again: bool
    compare: bool
    assembled: bool
    pin: str | None


def _require_sense(push: str | None, pin: str | None, *, compare: bool) -> None:
    if compare and push is not None:
        raise InputError(
            where="--compare",
            key="",
            got="--compare and --push",
            allowed="one of the two",
            fix="compare first, and then run the command with --push: it pushes the images that were compared",
        )
    if pin is not None and push is None:
        raise SituationError("a stack's file can only point to a release that was pushed", "add --push REPOSITORY")


def _run(context: Context, builder: str | None, push: str | None, way: _Way, *, as_json: bool) -> None:
    """Build the images of this checkout. With a repository to push to, also write a release that stacks can pin."""
    began, checkout = time.monotonic(), context.checkout
    if push is not None:
        require_repository(push)
    source = _source(checkout.root) if push is not None else ""
    pinned = read_stack_file(checkout, require_stack_name(way.pin, "--pin")) if way.pin is not None else None
    _, _, composition = read_portal(checkout)
    if push is not None:
        # A release contains them, and a build takes minutes.
        read_migrations(checkout.app, composition_id(composition))
    public_only = push is not None and not way.assembled
    before = _last(composition, checkout, builder) if way.compare else None
    images = build_images(
        composition,
        checkout,
        context.progress,
        builder=builder,
        again=way.again or way.compare,
        public_only=public_only,
    )
    if before is not None:
        require_same_images(before, images)
    release: Release | None = None
    if push is not None:
        sbom = image_sbom(composition, checkout, images, context.progress)
        images = push_images(images, checkout, push, context.progress, builder=builder, assembled=way.assembled)
        release = write_release(checkout, images, source, sbom)
        if pinned is not None:
            _point(pinned, release)
    sbom_file = _sbom_file(checkout, release) if release is not None else None
    if as_json:
        answer = BuildAnswer(
            release=release.id if release is not None else WORKSPACE,
            images={"portal": _image(checkout, images.portal), "database": _image(checkout, images.database)},
            sbom=sbom_file,
            seconds=round(time.monotonic() - began, 2),
        )
        context.out.document(shown(answer))
        return
    for image in (images.portal, images.database):
        context.out.print(f"{image.reference} ({image.origin})")
    if before is not None:
        context.out.print("The images are the same as those of the build before.")
    if release is not None:
        context.out.print(f"{sbom_file} lists what the portal's image contains.")
        _say_what_is_next(context, release, pinned)


def _say_what_is_next(context: Context, release: Release, pinned: StackFile | None) -> None:
    if pinned is None:
        context.out.print(
            f"Wrote releases/{release.id}: commit it, and write `portal:release: {release.id}` in a stack."
        )
        return
    context.out.print(f"Wrote releases/{release.id}, and {pinned.stack} points to it: commit both.")
    if SIGNED_BY in pinned.values:
        # It points to it all the same: whoever reviews that commit signs the release there, and not before.
        context.out.print(
            f"{pinned.stack} deploys only what is signed: run `portal release sign {release.id} --key FILE`, and commit"
            " the file that it writes."
        )


def _last(composition: Composition, checkout: Checkout, builder: str | None) -> Images:
    """The images of the last build, if they were made from the same input as a build would be now."""
    found = up_to_date_images(composition, checkout, builder)
    if found is None:
        raise SituationError("no build of this input is there to compare with", "run `portal build` first")
    return found


def _point(file: StackFile, release: Release) -> None:
    """Let a stack's file point to a release, and to its program if the stack has one."""
    program = release.source if pointer_of(file.values).program is not None else None
    write_whole(file.path, edited(file.path, Pointer(release.id, program).changes(file)))


def _sbom_file(checkout: Checkout, release: Release) -> str | None:
    sbom = read_sbom(checkout, release.id)
    return checkout.relative(sbom.path) if sbom is not None else None


def _image(checkout: Checkout, image: Image) -> ImageAnswer:
    archive = checkout.root / image.archive if image.archive is not None else None
    return ImageAnswer(
        name=image.name,
        reference=image.reference,
        digests=dict(image.digests),
        origin=image.origin,
        archive=image.archive,
        archive_bytes=archive.stat().st_size if archive is not None and archive.is_file() else None,
    )


def _source(root: Path) -> str:
    """The commit that a release is made from. Others have to be able to check it out."""
    if output(["git", "status", "--porcelain"], cwd=root).strip():
        raise SituationError(
            "this checkout has uncommitted changes, and a release records its commit",
            "commit them, or build without --push",
        )
    return output(["git", "rev-parse", "HEAD"], cwd=root).strip()
