"""One SBOM from those of the parts of an image. Pure: the same parts give the same SBOM, in whichever order they are.

The package URL of a package (https://github.com/package-url/purl-spec) is its reference. Yarn has a package several
times if it is used with different peers, and both parts of the app may have it: here, it is there once.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from portal.base.canonical import content_hash
from portal.image.image_packages import DebianPackage, ImagePackages
from portal.release.images import Image

PARTS = ("backend", "app")

ROOT = "portal"
BASE = "base"
# The property that says where a component is used. Its values are those of PARTS, and BASE.
PART = "portal:part"

# Descriptions, authors and links are in the registry too, and are two thirds of the size.
_KEPT = ("group", "name", "version", "licenses", "purl")
_Json = dict[str, Any]


def merged(
    found: Mapping[str, Mapping[str, Any]], base: Image, packages: ImagePackages, other_systems: Collection[str]
) -> _Json:
    """The SBOM of an image, from what CycloneDX's plugin ``found`` in each part of the app, and its base.

    ``other_systems`` are the npm packages (``name@version``) that are only for systems that the image is not for.
    """
    components: dict[str, _Json] = {}
    dependencies: dict[str, set[str]] = {ROOT: set()}
    for part, document in sorted(found.items()):
        references = _references(document, other_systems)
        for component in document["components"]:
            purl = references.get(component["bom-ref"])
            if purl is not None:
                kept = {key: component[key] for key in _KEPT if key in component}
                entry = components.setdefault(purl, {"type": "library", "bom-ref": purl, **kept, "properties": []})
                _add_part(entry, part)
        for one in document.get("dependencies", ()):
            if one["ref"] in references:
                needed = {references[name] for name in one.get("dependsOn", ()) if name in references}
                dependencies.setdefault(references[one["ref"]], set()).update(needed)
    for entry in _base(base, packages):
        _add_part(entry, BASE)
        components[entry["bom-ref"]] = entry
        dependencies.setdefault(BASE, set()).add(entry["bom-ref"])
    dependencies[BASE].remove(BASE)
    dependencies[ROOT].add(BASE)
    known = packages.node is not None and packages.debian
    content: _Json = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "bom-ref": ROOT, "name": ROOT}, "tools": _tools(found)},
        "components": [components[ref] for ref in sorted(components)],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(needed)} if needed else {"ref": ref}
            for ref, needed in sorted(dependencies.items())
        ],
        # What belongs to no package is never known. https://cyclonedx.org/docs/1.6/json/#compositions
        "compositions": [{"aggregate": "incomplete" if known else "unknown", "assemblies": [BASE]}],
    }
    return {**content, "serialNumber": _serial_number(content)}


def _serial_number(content: _Json) -> str:
    """The number of an SBOM. Tools want one, such as actions/attest. Elsewhere it is random; here, the content decides.

    Source: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5
    """
    return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sha256:{content_hash(content, 64)}").urn


def _references(document: Mapping[str, Any], other_systems: Collection[str]) -> dict[str, str]:
    """The reference of each component here, by the one in a part's SBOM. Leaves out the parts themselves."""
    references = {document["metadata"]["component"]["bom-ref"]: ROOT}
    for component in document["components"]:
        name = f"{component['group']}/{component['name']}" if component.get("group") else component["name"]
        own = "@workspace:" in component["bom-ref"] or "@link:" in component["bom-ref"]
        if not own and f"{name}@{component['version']}" not in other_systems:
            references[component["bom-ref"]] = component["purl"]
    return references


def _add_part(entry: _Json, part: str) -> None:
    parts = {one["value"] for one in entry["properties"]} | {part}
    entry["properties"] = [{"name": PART, "value": value} for value in sorted(parts)]


def _tools(found: Mapping[str, Mapping[str, Any]]) -> _Json:
    """The tools that found the npm packages: the same for all parts."""
    parts = [document["metadata"]["tools"]["components"] for document in found.values()]
    named = {(one["name"], one["version"]): one for tools in parts for one in tools}
    kept = ("type", "group", "name", "version")
    return {"components": [{key: one[key] for key in kept if key in one} for _, one in sorted(named.items())]}


def _base(base: Image, packages: ImagePackages) -> Iterator[_Json]:
    # An assembled image has a tag of its content instead of a digest.
    name, _, tag = base.name.partition(":") if base.origin == "assembled" else (base.name, "", "")
    yield _component(BASE, "container", name, tag or next(iter(base.digests.values())))
    if packages.node is not None:
        yield _package("application", "node", packages.node, f"pkg:generic/node@{quote(packages.node, safe='')}")
    if packages.system is not None:
        system, version = packages.system
        yield _component(f"{system}-{version}", "operating-system", system, version)
    for package in packages.debian:
        yield _package("library", package.name, package.version, _debian_purl(package, packages.system))


def _package(kind: str, name: str, version: str, purl: str) -> _Json:
    return {**_component(purl, kind, name, version), "purl": purl}


def _component(ref: str, kind: str, name: str, version: str) -> _Json:
    return {"type": kind, "bom-ref": ref, "name": name, "version": version, "properties": []}


def _debian_purl(package: DebianPackage, system: tuple[str, str] | None) -> str:
    """Source: https://github.com/package-url/purl-spec (types/deb-definition)."""
    qualifiers = {"arch": package.architecture, "distro": "-".join(system or ())}
    listed = "&".join(f"{key}={quote(value, safe='')}" for key, value in qualifiers.items() if value)
    named = f"{quote(package.name, safe='')}@{quote(package.version, safe=':')}"
    return f"pkg:deb/{system[0] if system else 'debian'}/{named}{'?' if listed else ''}{listed}"
