"""The public base images and their pinned digests, which are in ``base_images.json``.

A digest changes only by a commit: ``make base-images`` (:mod:`portal.image.pin_images`) writes the digests that the
tags have now. The first digests came from Docker's own records (https://github.com/docker-library/repo-info). To use a
mirror of your own, write its name as ``image``: the same content has the same digest in every registry.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PINS = Path(__file__).with_name("base_images.json")


@dataclass(frozen=True)
class PinnedImage:
    """A public image. ``digest`` is that of its index, which covers all CPUs. New digests come from its ``tag``."""

    image: str
    tag: str
    digest: str

    @property
    def reference(self) -> str:
        """``image@digest``. Without the tag, because podman and buildah refuse a tag and a digest together."""
        return f"{self.image}@{self.digest}"


def pinned_node() -> PinnedImage:
    """The base of the portal's image: Node 24 on Debian."""
    return pinned_images()["node"]


def pinned_postgres() -> PinnedImage:
    """The image of the in-cluster database."""
    return pinned_images()["postgres"]


def pinned_images() -> dict[str, PinnedImage]:
    """All pinned images, by role."""
    content: dict[str, Any] = json.loads(PINS.read_text(encoding="utf-8"))
    return {role: PinnedImage(**entry) for role, entry in content.items()}
