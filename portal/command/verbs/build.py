"""Build the images of portal.yaml, and a release."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.base.process import output
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Builder, Json
from portal.command.verb import Verb
from portal.image.build import build_images
from portal.image.push import push_images, require_repository
from portal.release.images import Image
from portal.release.locked import composition_id
from portal.release.migrations import read_migrations
from portal.release.release import WORKSPACE, read_portal, write_release


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
    as_json: Json = False,
) -> None:
    """Build the images of portal.yaml. Does nothing if nothing changed.

    Without --push, the release is `workspace`: this checkout as it is now. Local stacks can use it.

    \b
    portal build
    portal build --push registry.acme.example/portal
    """
    _run(context.obj, builder, push, again=again, assembled=assembled_base, as_json=as_json)


def _run(
    context: Context, builder: str | None, push: str | None, *, again: bool, assembled: bool, as_json: bool
) -> None:
    """Build the images of this checkout. With a repository to push to, also write a release that stacks can pin."""
    began, checkout = time.monotonic(), context.checkout
    if push is not None:
        require_repository(push)
    source = _source(checkout.root) if push is not None else ""
    _, _, composition = read_portal(checkout)
    if push is not None:
        # A release contains them, and a build takes minutes.
        read_migrations(checkout.app, composition_id(composition))
    public_only = push is not None and not assembled
    images = build_images(
        composition, checkout, context.progress, builder=builder, again=again, public_only=public_only
    )
    if push is not None:
        images = push_images(images, checkout, push, context.progress, builder=builder, assembled=assembled)
    release = write_release(checkout, images, source) if push is not None else None
    if as_json:
        answer = BuildAnswer(
            release=release.id if release is not None else WORKSPACE,
            images={"portal": _image(checkout, images.portal), "database": _image(checkout, images.database)},
            seconds=round(time.monotonic() - began, 2),
        )
        context.out.document(shown(answer))
        return
    for image in (images.portal, images.database):
        context.out.print(f"{image.reference} ({image.origin})")
    if release is not None:
        context.out.print(
            f"Wrote releases/{release.id}: commit it, and write `portal:release: {release.id}` in a stack."
        )


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
