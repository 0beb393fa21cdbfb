"""``portal lock`` and ``portal build``: from portal.yaml to a lock, and to images."""

from __future__ import annotations

from portal.builder.build import build_images
from portal.command.context import Context
from portal.composer.lock import lock as write_lock
from portal.releases.release import read_portal


def lock(context: Context) -> None:
    """Resolve the packages of the plugins in portal.yaml."""
    checkout = context.checkout
    _, _, composition = read_portal(checkout)
    write_lock(composition, checkout.app, checkout.state / "build" / "workspace", context.progress)
    context.out.print("Wrote app/yarn.lock and app/config-schema.json: commit both.")


def build(context: Context, builder: str | None, *, again: bool) -> None:
    """Build the images of this checkout."""
    _, _, composition = read_portal(context.checkout)
    images = build_images(composition, context.checkout, context.progress, builder=builder, again=again)
    for image in (images.portal, images.database):
        context.out.print(f"{image.reference} ({image.origin})")
