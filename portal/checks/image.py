"""A deployment needs images that exist. A preview does not, so this is not one of the checks of a plan."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.models.scalars import is_loopback
from portal.plan import Plan


def check_image(plan: Plan) -> Iterator[InputError]:
    """A release that was built or pinned; `portal:image` stands for the portal's image only, not for a database's."""
    if plan.release.built:
        yield from _pulled(plan)
        return
    if plan.settings.image is None:
        yield InputError(
            where=plan.where(("release",)),
            key="portal:release",
            got="workspace, which has not been built",
            allowed="a built checkout, or a committed release",
            fix="run `portal build`, or with --push, and pin the release that it prints",
        )
    elif plan.settings.database.own_image:
        yield InputError(
            where=plan.where(("image",)),
            key="portal:image",
            got="an image of the portal, and none of its database, as this checkout has not been built",
            allowed="a built checkout, or a committed release",
            fix="run `portal build`, or pin a release with portal:release",
        )


def _pulled(plan: Plan) -> Iterator[InputError]:
    """Images of this machine, for a cluster that others use too.

    Where the address is loopback somebody tries it out and has loaded them; a mirror may have been given them.
    """
    settings, images = plan.settings, plan.release.images
    if plan.target.loads_images or is_loopback(settings.url) or settings.images.registry is not None:
        return
    used = [
        *([images.portal] if settings.image is None else []),
        *([images.database] if settings.database.own_image else []),
    ]
    here = [image.name for image in used if image.archive is not None]
    if here:
        yield InputError(
            where=plan.where(("release",)),
            key="portal:release",
            got=f"{plan.release.id}, with images that no registry has ({', '.join(here)})",
            allowed="images that the cluster's nodes can pull",
            fix="run `portal build --push <registry>/portal`, commit the release, and pin it",
        )
