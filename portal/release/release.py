"""A release: the resolved portal, its records, its images and its config schema. It never changes once committed."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import ValidationError

from portal.base.canonical import content_hash
from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError, quoted
from portal.base.files import write_whole
from portal.base.json_file import read_json_object
from portal.base.yaml_document import Document, read_document
from portal.models.base import Model, validated
from portal.models.portal_file import PortalFile
from portal.plugins.record import PluginRecord, SignInRecord, SourceRecord
from portal.release.composition import Composition, compose
from portal.release.config_schemas import NO_SCHEMAS, ConfigSchemas, read_config_schemas
from portal.release.content import Content, in_content
from portal.release.images import PLACEHOLDER_DIGEST, Images, built_images, unbuilt_images
from portal.release.locked import require_locked

# Raised with every change to what release.json contains.
FORMAT = 3
WORKSPACE = "workspace"


class Release(Model):
    """Everything besides a stack's own settings that its app-config and graph are derived from.

    ``format`` is :data:`FORMAT`; a release with another one is refused. ``id`` is ``workspace``, or ``r-`` and the hash
    of the rest. ``packages`` are the direct npm dependencies with exact versions. ``source`` is the commit that the
    release was made from.
    """

    format: int = FORMAT
    id: str
    source: str
    portal: PortalFile
    plugins: dict[str, PluginRecord]
    sign_in: dict[str, SignInRecord]
    sources: dict[str, SourceRecord]
    packages: dict[str, str]
    images: Images

    @property
    def built(self) -> bool:
        """Whether there is an image. A checkout can be checked and rendered before its first build."""
        return PLACEHOLDER_DIGEST not in self.images.portal.digests.values()


@dataclass(frozen=True)
class LoadedRelease:
    """A release, its config schemas, and the file that errors about the portal name.

    ``content`` is None for a pinned release. Its content is in its image, where nothing reads it before a deployment.
    """

    release: Release
    schemas: ConfigSchemas
    document: Document
    content: Content | None = None


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
    schemas = NO_SCHEMAS
    if complete:
        schemas = require_locked(composition, checkout.app)
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
    return LoadedRelease(release, schemas, document, Content(checkout.root))


def load_release(checkout: Checkout, release_id: str, where: str, *, complete: bool = True) -> LoadedRelease:
    """A release by its id. ``where`` is the file and line that name it. ``complete``: see ``workspace_release``."""
    if release_id == WORKSPACE:
        return workspace_release(checkout, complete=complete)
    folder = checkout.releases / release_id
    if not (folder / "release.json").is_file():
        kept = sorted(path.parent.name for path in checkout.releases.glob("*/release.json"))
        raise InputError(
            where=where,
            key="portal:release",
            got=f'"{release_id}"',
            allowed=f"workspace, or a release in releases/ ({', '.join(kept) or 'there is none yet'})",
            fix="choose one of them, or make a release with `portal build --push`",
        )
    file = folder / "release.json"
    name, mend = checkout.relative(file), "restore it from its commit"
    content = read_json_object(file, name, mend)
    if content.get("format") != FORMAT:
        raise SituationError(
            f"the release has format {quoted(content.get('format'))}, and this version of portal reads format {FORMAT}",
            "make the release again with `portal build --push`, or deploy it from the commit that made it",
            where=name,
        )
    try:
        release = Release.model_validate(content)
    except ValidationError as error:
        raise PortalError(f"{name} is damaged: restore it from its commit") from error
    document = Document(f"releases/{release_id}/release.json", {}, {})
    schemas = folder / "config-schema.json"
    return LoadedRelease(release, read_config_schemas(schemas, checkout.relative(schemas), mend), document)


def write_release(checkout: Checkout, loaded: LoadedRelease, images: Images, source: str) -> Release:
    """Write this checkout's release to a folder to commit, with images in a registry.

    The same content has the same id, whichever commit it was made from. A release that exists stays as it is.
    """
    content = loaded.release.model_copy(update={"images": images, "source": "", "id": ""})
    body = content.model_dump(mode="json", by_alias=True)
    release_id = f"r-{content_hash([body, list(loaded.schemas.packages)])}"
    release = content.model_copy(update={"id": release_id, "source": source})
    folder = checkout.releases / release_id
    if not (folder / "release.json").is_file():
        write_whole(folder / "config-schema.json", (checkout.app / "config-schema.json").read_bytes())
        shown = release.model_dump(mode="json", by_alias=True)
        # Last: with this file, the release exists.
        write_whole(folder / "release.json", json.dumps(shown, indent=1, sort_keys=True) + "\n")
    return release


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
