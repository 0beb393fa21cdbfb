"""A deployment needs images that exist. A preview does not, so this is not among the checks of a plan."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.address import is_loopback
from portal.base.errors import InputError, SituationError
from portal.plan import Plan


def check_image(plan: Plan) -> Iterator[InputError]:
    """Require a release with images. `portal:image` replaces the portal's image only, not the database's."""
    if plan.release.built:
        yield from _pulled(plan)
        return
    if plan.settings.image is None:
        yield SituationError(
            "portal:release is workspace, and this checkout has not been built",
            "run `portal build`, or build with --push and pin the release that it prints",
            where=plan.where(("release",)),
        )
    elif plan.settings.runs_database_image:
        yield SituationError(
            "portal:image stands for the portal's image alone, and this checkout has not built its database's image",
            "run `portal build`, or pin a release with portal:release",
            where=plan.where(("image",)),
        )


def _pulled(plan: Plan) -> Iterator[InputError]:
    """Refuse images that are only on this machine, if the cluster has to pull them.

    With a loopback address, someone tries out the stack and has loaded them. With a mirror, they may have been copied.
    """
    settings, images = plan.settings, plan.release.images
    if plan.target.loads_images or is_loopback(settings.url) or settings.images.registry is not None:
        return
    used = [
        *([images.portal] if settings.image is None else []),
        *([images.database] if settings.runs_database_image else []),
    ]
    here = [image.name for image in used if image.archive is not None]
    if here:
        pin = (
            f"deploy the release that it prints with `portal up --stack {plan.stack} --release ID`"
            if settings.like is not None
            else "commit the release, and pin it with portal:release"
        )
        yield SituationError(
            f"the cluster's nodes cannot pull images that are only on this machine ({', '.join(here)})",
            f"run `portal build --push <registry>/portal`, and {pin}",
            where=plan.where(("release",)),
        )
