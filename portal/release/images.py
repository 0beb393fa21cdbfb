"""The images of a release: names and digests, and where their archives lie while no registry has them."""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationError

from portal.base.checkout import Checkout
from portal.models.base import Model

PLACEHOLDER_DIGEST = "sha256:" + "0" * 64


class Image(Model):
    """One image by platform.

    ``archive`` is a file of this checkout, for clusters that an image has to be loaded into.
    """

    name: str
    digests: dict[str, str]
    origin: Literal["built", "public", "assembled"]
    archive: str | None = None

    @property
    def reference(self) -> str:
        """``name@digest``, of the first platform: what a pod runs."""
        return f"{self.name}@{next(iter(self.digests.values()))}"


class Images(Model):
    """The portal's image, its database's, and the base that the former was made from."""

    key: str
    portal: Image
    database: Image
    base: Image


def built_images(checkout: Checkout) -> Images | None:
    """What ``portal build`` made of this checkout last; None before the first build."""
    path = checkout.images_file
    try:
        return Images.model_validate_json(path.read_text()) if path.is_file() else None
    except ValidationError:
        # Of another version, or half written: what it stood for is built again.
        return None


def unbuilt_images() -> Images:
    """Stand-ins with a digest of zeros: for rendering a checkout that has not been built."""

    def stand_in(name: str) -> Image:
        return Image.model_validate({"name": name, "digests": {"linux/amd64": PLACEHOLDER_DIGEST}, "origin": "built"})

    return Images.model_validate(
        {
            "key": "",
            "portal": stand_in("localhost/portal"),
            "database": stand_in("localhost/portal-postgres"),
            "base": stand_in("localhost/portal-base"),
        }
    )


def mirrored(reference: str, registry: str | None) -> str:
    """An image's reference in a mirror: ``registry`` takes the place of the image's own, the rest stays.

    The first part of a name is a registry if it has a dot or a colon, or is ``localhost``; without one it is Docker's.
    Source: https://github.com/distribution/reference (splitDockerDomain)
    """
    if registry is None:
        return reference
    first, slash, rest = reference.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first):
        return f"{registry}/{rest}"
    # Docker's own images have a folder that their short names leave out, and that mirrors ask for.
    return f"{registry}/{reference if slash else f'library/{reference}'}"
