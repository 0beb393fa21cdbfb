"""The composition: which plugins, and exactly which npm packages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.base.errors import InputError, did_you_mean
from portal.base.yaml_document import Document
from portal.models.portal_file import PortalFile
from portal.plugins.load import load_plugins
from portal.plugins.record import PluginRecord
from portal.release.manifest import Manifest, manifest_for


@dataclass(frozen=True)
class Composition:
    """The plugins of a portal with what they require, and the packages of each part of the app by exact version."""

    backstage: str
    records: Mapping[str, PluginRecord]
    frontend: Mapping[str, str]
    backend: Mapping[str, str]
    build: Mapping[str, str]
    resolutions: Mapping[str, str]


def compose(portal: PortalFile, document: Document, app: Path) -> Composition:
    """The composition of ``portal.yaml``. Errors name the line: unknown plugin, one listed twice, no such release."""
    manifest = manifest_for(app, portal.backstage, document.where(("backstage",)))
    records = _selected(portal, document)
    return Composition(
        backstage=manifest.backstage,
        records=records,
        frontend=_versions(manifest, manifest.frontend, (r.packages.frontend for r in records.values())),
        backend=_versions(manifest, manifest.backend, (r.packages.backend for r in records.values())),
        build=_versions(manifest, manifest.build, ()),
        resolutions=dict(sorted(manifest.resolutions.items())),
    )


def _selected(portal: PortalFile, document: Document) -> dict[str, PluginRecord]:
    catalogue = load_plugins()
    wanted = [record.id for record in catalogue.values() if record.core]
    listed: set[str] = set()
    for index, choice in enumerate(portal.plugins):
        if choice.id not in catalogue:
            raise _wrong(
                document, index, f'"{choice.id}"', "a plugin of the catalogue", did_you_mean(choice.id, catalogue)
            )
        if choice.id in listed:
            raise _wrong(document, index, f'"{choice.id}" a second time', "each plugin once", "remove one of the two")
        listed.add(choice.id)
        wanted.append(choice.id)
    selected: dict[str, PluginRecord] = {}
    while wanted:
        record = catalogue[wanted.pop()]
        if record.id not in selected:
            selected[record.id] = record
            wanted.extend(record.requires)
    return dict(sorted(selected.items()))


def _versions(
    manifest: Manifest, own: Mapping[str, str | None], plugins: Iterable[Mapping[str, str | None]]
) -> dict[str, str]:
    pinned = dict(own)
    for packages in plugins:
        pinned.update(packages)
    return {name: manifest.version(name, version) for name, version in sorted(pinned.items())}


def _wrong(document: Document, index: int, got: str, allowed: str, fix: str) -> InputError:
    return InputError(
        where=document.where(("plugins", index)), key=f"plugins[{index}]", got=got, allowed=allowed, fix=fix
    )
