"""A deployment needs images that exist. A preview does not, so this is not one of the checks of a plan."""

from __future__ import annotations

from collections.abc import Iterator

from portal.errors import InputError
from portal.plan import Plan


def check_image(plan: Plan) -> Iterator[InputError]:
    """A release that was built or pinned; `portal:image` stands for the portal's image only, not for a database's."""
    if plan.release.built:
        return
    if plan.settings.image is None:
        yield InputError(
            where=plan.where(("release",)),
            key="portal:release",
            got="workspace, which has not been built",
            allowed="a built checkout, or a committed release",
            fix="run `portal build`, or with --push, and pin the release that it prints",
        )
    elif plan.settings.database.engine == "in-cluster":
        yield InputError(
            where=plan.where(("image",)),
            key="portal:image",
            got="an image of the portal, and none of its database, as this checkout has not been built",
            allowed="a built checkout, or a committed release",
            fix="run `portal build`, or pin a release with portal:release",
        )
