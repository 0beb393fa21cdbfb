"""The images of a release: their names and digests, and their archives until a registry has them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from portal.base.checkout import Checkout
from portal.base.json_file import read_cache
from portal.models.base import Model

PLACEHOLDER_DIGEST = "sha256:" + "0" * 64


class Image(Model):
    """One image, with a digest for each platform.

    ``index`` is the digest of the image index that lists them all. Only a registry has one
    (https://github.com/opencontainers/image-spec/blob/main/image-index.md). ``archive`` is a file in this checkout, for
    clusters that images have to be loaded into. ``bytes`` is the size of that file: not every builder compresses it.
    """

    name: str
    digests: Annotated[dict[str, str], Field(min_length=1)]
    index: str | None = None
    origin: Literal["built", "public", "assembled"]
    archive: str | None = None
    bytes: int | None = None

    @property
    def reference(self) -> str:
        """``name@digest``: what a pod runs. The index if there is one, so that each node takes its platform's image."""
        return f"{self.name}@{self.index or next(iter(self.digests.values()))}"


class Images(Model):
    """The image of the portal, the image of its database, and the base image of the portal."""

    key: str
    portal: Image
    database: Image
    base: Image


def built_images(checkout: Checkout) -> Images | None:
    """The images of the last ``portal build`` in this checkout; None before the first build."""
    # Written by another version, or damaged: the images are built again.
    return read_cache(checkout.images_file, Images)


def unbuilt_images() -> Images:
    """Stand-ins with a digest of zeros, to render a checkout that has not been built."""

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
    """An image's reference in a mirror: ``registry`` replaces the image's registry, and the rest stays.

    The first part of a name is a registry if it has a dot or a colon, or is ``localhost``. Otherwise the registry is
    Docker Hub.
    Source: https://github.com/distribution/reference (splitDockerDomain)
    """
    if registry is None:
        return reference
    first, slash, rest = reference.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first):
        return f"{registry}/{rest}"
    # Short names of Docker's official images leave out the folder `library`, which mirrors need.
    return f"{registry}/{reference if slash else f'library/{reference}'}"
