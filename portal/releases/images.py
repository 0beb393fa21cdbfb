"""The images of a release: names and digests, and where their archives lie while no registry has them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

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


def built_images(state: Path) -> Images | None:
    """What ``portal build`` made of this checkout last; None before the first build."""
    path = state / "build" / "images.json"
    return Images.model_validate_json(path.read_text()) if path.is_file() else None


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
