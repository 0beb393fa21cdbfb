"""A release as files below ``releases/``. It never changes once it is committed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import ValidationError

from portal.base.canonical import content_hash, tree_hash
from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.json_file import read_json_object
from portal.models.base import Model
from portal.models.portal_file import PortalFile
from portal.plugins.record import PluginRecord, SignInRecord, SourceRecord
from portal.release.config_schemas import ConfigSchemas, read_config_schemas
from portal.release.formats import FORMAT, in_newest_format
from portal.release.images import PLACEHOLDER_DIGEST, Images
from portal.release.locked_packages import locked_packages
from portal.release.migrations import PackageMigrations, read_migrations
from portal.release.sbom import write_sbom

FILE = "release.json"
SCHEMAS = "config-schema.json"
_MEND = "restore it from its commit"


class BuiltFrom(Model):
    """What an image was built from, besides the plugins.

    ``lock`` and ``content`` are SHA-256 of ``app/yarn.lock`` and of the files below ``content/``. ``packages`` are the
    versions of every npm package in the lock, ``migrations`` the database migrations by package.
    """

    lock: str
    content: str
    packages: dict[str, tuple[str, ...]]
    migrations: dict[str, PackageMigrations]


class Release(Model):
    """Everything besides a stack's own settings that its app-config and graph are derived from.

    ``format`` is that of its file (see :mod:`portal.release.formats`). ``id`` is ``workspace``, or ``r-`` and a
    hash of the content and the config schemas, without ``source`` and ``program``. ``packages`` are the direct npm
    dependencies with exact versions. ``source`` is the commit that the release was made from. ``program`` is the
    commit of the code that made it. At present, it is always the same. ``built_from`` is None for the workspace,
    and for a release of format 3, which did not record it.
    """

    format: int = FORMAT
    id: str
    source: str
    program: str = ""
    portal: PortalFile
    plugins: dict[str, PluginRecord]
    sign_in: dict[str, SignInRecord]
    sources: dict[str, SourceRecord]
    packages: dict[str, str]
    built_from: BuiltFrom | None = None
    images: Images

    @property
    def built(self) -> bool:
        """Whether there is an image. A checkout can be checked and rendered before its first build."""
        return PLACEHOLDER_DIGEST not in self.images.portal.digests.values()


def kept_releases(checkout: Checkout) -> list[str]:
    """The ids of all releases in a checkout, sorted."""
    return sorted(path.parent.name for path in checkout.releases.glob(f"*/{FILE}"))


def read_bundle(checkout: Checkout, release_id: str) -> tuple[Release, ConfigSchemas]:
    """A release that is kept, and its config schemas. PortalError if it is damaged or its format cannot be read."""
    folder = checkout.releases / release_id
    name = checkout.relative(folder / FILE)
    content = in_newest_format(read_json_object(folder / FILE, name, _MEND), name)
    try:
        release = Release.model_validate(content)
    except ValidationError as error:
        raise PortalError(f"{name} is damaged: {_MEND}") from error
    schemas = folder / SCHEMAS
    if not schemas.is_file():
        raise PortalError(f"{checkout.relative(schemas)} is missing: {_MEND}")
    return release, read_config_schemas(schemas, checkout.relative(schemas), _MEND)


def write_bundle(
    checkout: Checkout,
    release: Release,
    schemas: ConfigSchemas,
    images: Images,
    source: str,
    sbom: bytes | None = None,
) -> Release:
    """Write this checkout's release to a folder to commit, with images in a registry.

    The same content has the same id, whichever commit it was made from, and whatever the SBOM of its image says. A
    release that exists stays as it is; if it has no SBOM, it gets one.
    """
    content = release.model_copy(update={"id": "", "source": "", "program": "", "images": images})
    body = content.model_dump(mode="json", by_alias=True)
    release_id = f"r-{content_hash([body, list(schemas.packages)])}"
    named = content.model_copy(update={"id": release_id, "source": source, "program": source})
    folder = checkout.releases / release_id
    if sbom is not None:
        write_sbom(folder, sbom)
    if not (folder / FILE).is_file():
        write_whole(folder / SCHEMAS, (checkout.app / SCHEMAS).read_bytes())
        shown = named.model_dump(mode="json", by_alias=True)
        # Last: with this file, the release exists. Keys stay in their order, which is that of pages in the portal.
        write_whole(folder / FILE, json.dumps(shown, indent=1, ensure_ascii=False) + "\n")
    return named


def built_from(checkout: Checkout, composition: str) -> BuiltFrom:
    """What a build of this checkout is made from. ``composition`` is the id of the composition that is locked."""
    lock = checkout.app / "yarn.lock"
    return BuiltFrom.model_validate(
        {
            "lock": _sha256(lock),
            "content": tree_hash(checkout.content),
            "packages": locked_packages(lock.read_text(encoding="utf-8")),
            "migrations": dict(read_migrations(checkout.app, composition)),
        }
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
