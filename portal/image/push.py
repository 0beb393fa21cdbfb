"""Push the images of a checkout to a registry. A stack that others use may take its images only from a registry."""

from __future__ import annotations

from portal.base.address import is_registry
from portal.base.checkout import Checkout
from portal.base.errors import InputError, SituationError
from portal.base.progress import Progress
from portal.image.base_images import assembled_postgres
from portal.image.build import TAG, assembled_images
from portal.image.container_builder import PushedImage, container_builder
from portal.image.registry_login import registry_login
from portal.release.images import Image, Images


def push_images(
    images: Images,
    checkout: Checkout,
    repository: str,
    progress: Progress,
    *,
    builder: str | None = None,
    assembled: bool = False,
) -> Images:
    """Push the portal's image to ``repository``, and an assembled database image to ``<repository>-postgres``.

    Does not push a public database image. Returns the images with the digests that they have in the registry. Refuses
    base images that are not the pinned ones, unless ``assembled`` allows images that are assembled on this machine.
    """
    require_repository(repository)
    if not assembled and (others := assembled_images(images)):
        raise SituationError(
            f"{' and '.join(others)} was assembled on this machine, but a release needs the pinned base images",
            "build where their registry can be reached, or pass --assembled-base",
        )
    tag, database = images.key[:12], images.database
    with registry_login(container_builder(checkout.containers, builder), repository) as engine:
        with progress.phase(f"Push {repository}:{tag}"):
            pushed = engine.push(TAG, f"{repository}:{tag}", _platform(images.portal))
            portal = _pushed(images.portal, repository, pushed)
        if database.origin == "assembled":
            name = f"{repository}-postgres"
            local = assembled_postgres(engine, checkout.build).reference
            with progress.phase(f"Push {name}:{tag}"):
                database = _pushed(database, name, engine.push(local, f"{name}:{tag}", _platform(database)))
    return images.model_copy(update={"key": "", "portal": portal, "database": database})


def require_repository(repository: str) -> None:
    """Raise an error unless the name has a registry and a path, and neither a tag nor a digest."""
    if "/" not in repository or not is_registry(repository):
        raise InputError(
            where="--push",
            key="",
            got=f'"{repository}"',
            allowed="a repository with its registry and without a tag (registry.acme.example/portal)",
            fix="leave the tag out; it is computed from the content",
        )


def _platform(image: Image) -> str:
    """The platform of an image that was built here. A build makes one for this machine's CPU."""
    (platform,) = image.digests
    return platform


def _pushed(image: Image, name: str, found: PushedImage) -> Image:
    return image.model_copy(
        update={"name": name, "digests": dict(found.digests), "index": found.index, "archive": None}
    )
