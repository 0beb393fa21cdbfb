"""The release that a stack points to: one that is kept below ``releases/``, or this checkout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.yaml_document import Document, read_document
from portal.models.base import validated
from portal.models.portal_file import PortalFile
from portal.release.bundle import FILE, Release, built_from, kept_releases, read_bundle, write_bundle
from portal.release.composition import Composition, compose
from portal.release.config_schemas import NO_SCHEMAS, ConfigSchemas
from portal.release.content import Content, in_content
from portal.release.images import Images, built_images, unbuilt_images
from portal.release.locked import composition_id, require_locked
from portal.release.migrations import PackageMigrations, recorded_migrations

WORKSPACE = "workspace"


@dataclass(frozen=True)
class LoadedRelease:
    """A release, its config schemas, and the file that errors about the portal name.

    ``content`` is None for a pinned release. Its content is in its image, where nothing reads it before a deployment.
    ``migrations`` are those of each package; None if nobody recorded them. ``kept_in`` is the checkout with the
    files of a pinned release and its signatures; None for the workspace, which has none.
    """

    release: Release
    schemas: ConfigSchemas
    document: Document
    content: Content | None = None
    migrations: Mapping[str, PackageMigrations] | None = None
    kept_in: Checkout | None = None


def read_portal(checkout: Checkout) -> tuple[PortalFile, Document, Composition]:
    """``portal.yaml`` of a checkout as a model, as a document with line numbers, and as a composition."""
    document = read_document(checkout.portal_file, "portal.yaml")
    portal = validated(PortalFile, document.data, document.where)
    return portal, document, compose(portal, document, checkout.app)


def workspace_release(checkout: Checkout, *, complete: bool = True) -> LoadedRelease:
    """This checkout as a release, with the images of its last build, or with placeholders before the first build.

    Without ``complete``, it needs no lock and no content, and has no config schemas.
    """
    portal, document, composition = read_portal(checkout)
    schemas, migrations = NO_SCHEMAS, None
    if complete:
        schemas = require_locked(composition, checkout.app)
        migrations = recorded_migrations(checkout.app, composition_id(composition))
        _require_content(portal, document, checkout)
    release = Release.model_construct(
        id=WORKSPACE,
        source=WORKSPACE,
        portal=portal,
        plugins=dict(composition.records),
        sign_in=dict(composition.sign_in),
        sources=dict(composition.sources),
        packages={**composition.frontend, **composition.backend},
        images=built_images(checkout) or unbuilt_images(),
    )
    return LoadedRelease(release, schemas, document, Content(checkout.root), migrations)


def load_release(checkout: Checkout, release_id: str, where: str, *, complete: bool = True) -> LoadedRelease:
    """A release by its id. ``where`` is the file and line that name it. ``complete``: see ``workspace_release``."""
    if release_id == WORKSPACE:
        return workspace_release(checkout, complete=complete)
    kept = kept_releases(checkout)
    if release_id not in kept:
        raise InputError(
            where=where,
            key="portal:release",
            got=f'"{release_id}"',
            allowed=f"workspace, or a release in releases/ ({', '.join(kept) or 'there is none yet'})",
            fix="choose one of them, or make a release with `portal build --push`",
        )
    release, schemas = read_bundle(checkout, release_id)
    migrations = release.built_from.migrations if release.built_from is not None else None
    document = Document(f"releases/{release_id}/{FILE}", {}, {})
    return LoadedRelease(release, schemas, document, migrations=migrations, kept_in=checkout)


def with_built_from(checkout: Checkout, loaded: LoadedRelease) -> Release:
    """The release with what it was built from. For the workspace, that is what a build would be made from now.

    SituationError if ``portal lock`` has not found its migrations.
    """
    if loaded.release.id != WORKSPACE:
        return loaded.release
    return loaded.release.model_copy(update={"built_from": built_from(checkout, loaded.schemas.composition)})


def write_release(checkout: Checkout, images: Images, source: str, sbom: bytes | None = None) -> Release:
    """Write this checkout as a release to commit, with images in a registry. See :func:`write_bundle`."""
    loaded = workspace_release(checkout)
    return write_bundle(checkout, with_built_from(checkout, loaded), loaded.schemas, images, source, sbom)


def _require_content(portal: PortalFile, document: Document, checkout: Checkout) -> None:
    for index, location in enumerate(portal.catalog.locations):
        if location.file is None:
            continue
        if not in_content(location.file) or not (checkout.root / location.file).is_file():
            key = ("catalog", "locations", index, "file")
            raise InputError(
                where=document.where(key),
                key=f"catalog.locations[{index}].file",
                got=f'"{location.file}"',
                allowed="a file below content/, as only those are in the image",
                fix="create it there, or correct the path",
            )
