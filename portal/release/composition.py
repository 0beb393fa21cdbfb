"""The composition: the entries of the plugin library that a portal has, and the exact npm packages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from portal.base.errors import InputError, did_you_mean
from portal.base.yaml_document import Document
from portal.models.portal_file import Choice, PortalFile
from portal.plugins.load import load_plugins, load_sign_in, load_sources, record_file
from portal.plugins.record import PluginRecord, Record, SignInRecord, SourceRecord
from portal.plugins.template import placeholders
from portal.release.manifest import Manifest, manifest_for


@dataclass(frozen=True)
class Composition:
    """The records that a portal has, including required ones, and the exact packages of each part of the app.

    ``sources`` are those in ``portal.yaml``, and those whose values another record uses.
    """

    backstage: str
    records: Mapping[str, PluginRecord]
    sign_in: Mapping[str, SignInRecord]
    sources: Mapping[str, SourceRecord]
    frontend: Mapping[str, str]
    backend: Mapping[str, str]
    build: Mapping[str, str]
    resolutions: Mapping[str, str]


def compose(portal: PortalFile, document: Document, app: Path) -> Composition:
    """The composition of ``portal.yaml``. Errors name the line of what is unknown, or named twice."""
    manifest = manifest_for(app, portal.backstage, document.where(("backstage",)))
    plugins = _plugins(portal, document)
    declared = _listed(load_sources(), portal.sources, "sources", "source", document)
    sign_in = _sign_in(portal, document, plugins.values(), declared.values())
    records: list[Record] = [*plugins.values(), *sign_in.values(), *declared.values()]
    frontend = _versions(manifest, records, "frontend")
    backend = _versions(manifest, records, "backend")
    build = _versions(manifest, (), "build")
    return Composition(
        backstage=manifest.backstage,
        records=plugins,
        sign_in=sign_in,
        sources={**declared, **_mentioned(records)},
        frontend=frontend,
        backend=backend,
        build=build,
        resolutions=_resolutions(manifest, frontend, backend, build),
    )


def _resolutions(manifest: Manifest, *parts: Mapping[str, str]) -> dict[str, str]:
    """The one version of each of Backstage's packages, also of those that only other packages ask for.

    They ask for ranges. Without this, a lock made in a month would have newer versions than one made today, beside the
    older ones (https://yarnpkg.com/configuration/manifest#resolutions). Where a record names a version of its
    own, that one counts; where two parts of the app have different ones, both stay.
    """
    pinned = dict(manifest.packages)
    for name in manifest.packages:
        direct = {part[name] for part in parts if name in part}
        if len(direct) > 1:
            del pinned[name]
        elif direct:
            (pinned[name],) = direct
    return dict(sorted({**pinned, **manifest.resolutions}.items()))


def _plugins(portal: PortalFile, document: Document) -> dict[str, PluginRecord]:
    library = load_plugins()
    wanted = [record.id for record in library.values() if record.core]
    wanted += _listed(library, portal.plugins, "plugins", "plugin", document)
    selected: dict[str, PluginRecord] = {}
    while wanted:
        record = library[wanted.pop()]
        if record.id not in selected:
            selected[record.id] = record
            wanted.extend(record.requires)
    return dict(sorted(selected.items()))


def _sign_in(
    portal: PortalFile, document: Document, plugins: Iterable[PluginRecord], sources: Iterable[SourceRecord]
) -> dict[str, SignInRecord]:
    """The core providers, those in ``portal.yaml``, and those whose accounts plugins or sources use."""
    library = load_sign_in()
    named = _listed(library, [Choice(id=name) for name in portal.sign_in], "signIn", "provider", document)
    core = [record.id for record in library.values() if record.core]
    linked = [name for plugin in plugins if plugin.connection is not None for name in plugin.connection.accounts]
    at_sources = [source.accounts.provider for source in sources if source.accounts is not None]
    return {name: library[name] for name in sorted({*named, *core, *linked, *at_sources})}


def _listed(
    library: Mapping[str, Record], choices: Iterable[Choice], key: str, what: str, document: Document
) -> dict[str, Any]:
    """The records that a list in ``portal.yaml`` names. Each may be named once."""
    found: dict[str, Any] = {}
    for index, choice in enumerate(choices):
        if choice.id in library and choice.id not in found:
            found[choice.id] = library[choice.id]
            continue
        twice = choice.id in found
        raise InputError(
            where=document.where((key, index)),
            key=f"{key}[{index}]",
            got=f'"{choice.id}"' + (" a second time" if twice else ""),
            allowed=f"each {what} once" if twice else f"a {what} of the library",
            fix="remove one of the two" if twice else did_you_mean(choice.id, library),
        )
    return found


def _mentioned(records: Iterable[Record]) -> dict[str, SourceRecord]:
    library = load_sources()
    names = {name.partition(".")[0] for record in records for name in placeholders(record.model_dump()) if "." in name}
    return {name: library[name] for name in sorted(names)}


def _versions(
    manifest: Manifest, records: Iterable[Record], part: Literal["frontend", "backend", "build"]
) -> dict[str, str]:
    """The packages of one part of the app: those that our own code needs, and those that records add."""
    own: Mapping[str, str | None] = getattr(manifest, part)
    place = (f"app/manifests/{manifest.backstage}.json", f"app.{part}")
    versions = {name: manifest.version(name, pinned, *place) for name, pinned in own.items()}
    for record in records:
        packages: Mapping[str, str | None] = getattr(record.packages, part)
        place = (record_file(record), f"packages.{part}")
        versions.update({name: manifest.version(name, pinned, *place) for name, pinned in packages.items()})
    return dict(sorted(versions.items()))
