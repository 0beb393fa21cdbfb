"""Write down what npm has published of the packages of the library's plugins (``make published``).

``portal/plugins/published.json`` has what a record could be wrong about: the role of each package, its plugin, what
Backstage finds in it, the keys that its config schema requires, and what it imports from the Backstage release and the
release does not have. Tests compare every record with it, without a registry. Nothing of a package is run.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.json_types import is_list, is_mapping
from portal.image.missing_imports import entry_files, missing_imports
from portal.image.npm_registry import LOOK_UPS_AT_A_TIME, fetched
from portal.image.package_json import package_json
from portal.plugins.load import load_plugins, record_file
from portal.plugins.published import FILE, PublishedPackage
from portal.release.manifest import Manifest, read_manifest
from portal.release.release_versions import is_release, parsed

# Where Backstage looks for features, as default exports: backend-defaults 0.18.0, PackageDiscoveryService, and
# cli-module-build 0.1.8, lib/bundler/packageDetection.
_EXPORTS = (".", "./alpha")
_DEFAULT = re.compile(r"\bexports\.default\b|\bas default\b|^export default\b|\bexport \{ default\b", re.MULTILINE)


def named_packages(manifest: Manifest) -> dict[str, str]:
    """The packages of all plugins by name, with the versions that a portal of a Backstage release has."""
    return {
        name: manifest.version(name, version, record_file(record), "packages")
        for record in load_plugins().values()
        for packages in (record.packages.frontend, record.packages.backend)
        for name, version in packages.items()
    }


def newest_manifest(checkout: Checkout) -> Manifest:
    """The manifest of the newest Backstage release that this checkout has."""
    paths = [path for path in (checkout.app / "manifests").glob("*.json") if is_release(path.stem)]
    return read_manifest(max(paths, key=lambda path: parsed(path.stem)))


def published_package(folder: Path, release: Mapping[str, Path]) -> PublishedPackage:
    """What an unpacked package says of itself. ``release`` are the folders of what it asks for, by package."""
    content = package_json(folder)
    own: Mapping[str, Any] = content.get("backstage") or {}
    features = own.get("features")
    language, required = _schema(folder, content.get("configSchema"))
    found = {
        "version": content["version"],
        "role": own.get("role", ""),
        "pluginId": own.get("pluginId"),
        "exports": [
            name for name in _EXPORTS if _has_default(folder, name) and (not is_mapping(features) or name in features)
        ],
        "configSchema": language,
        "required": required,
        "migrations": (folder / "migrations").is_dir(),
        "missingImports": missing_imports(folder, release),
    }
    return PublishedPackage.model_validate(found)


def _has_default(folder: Path, export: str) -> bool:
    """Whether the file of an export has a default export. Some packages do not say of all of theirs what they are."""
    return any(_DEFAULT.search(file.read_text("utf-8")) for file in entry_files(folder, export))


def _schema(folder: Path, schema: object) -> tuple[str | None, list[str]]:
    """The language of a config schema, and the keys that it requires. It may be in package.json itself."""
    if isinstance(schema, str) and schema.endswith(".ts"):
        return "typescript", []
    if isinstance(schema, str):
        schema = json.loads((folder / schema).read_text("utf-8"))
    return ("json", sorted(_required(schema, ""))) if is_mapping(schema) else (None, [])


def _required(schema: object, prefix: str) -> Iterator[str]:
    if not is_mapping(schema):
        return
    properties: Mapping[str, Any] = schema.get("properties") or {}
    required = schema.get("required")
    for name in required if is_list(required) else ():
        yield f"{prefix}{name}"
        yield from _required(properties.get(name), f"{prefix}{name}.")


def main() -> None:
    """Download every package once, with what those of others ask for of the release, and write the file."""
    manifest = newest_manifest(Checkout.containing(Path.cwd()))
    with tempfile.TemporaryDirectory() as temporary:
        named = _all_fetched(named_packages(manifest), Path(temporary, "named"))
        asked = {
            name: manifest.packages[name]
            for package, folder in named.items()
            if package not in manifest.packages
            for name in _asks(folder)
            if name in manifest.packages and name not in named
        }
        release = {**named, **_all_fetched(asked, Path(temporary, "release"))}
        found = {
            name: published_package(folder, {} if name in manifest.packages else release)
            for name, folder in named.items()
        }
    write_whole(FILE, text_of(found))


def _all_fetched(versions: Mapping[str, str], below: Path) -> dict[str, Path]:
    """The folders of unpacked packages by name. Several are downloaded at a time."""
    folders = [below / str(index) for index in range(len(versions))]
    for folder in folders:
        folder.mkdir(parents=True)
    wanted = [f"{name}@{version}" for name, version in versions.items()]
    with ThreadPoolExecutor(max_workers=LOOK_UPS_AT_A_TIME) as pool:
        return dict(zip(versions, pool.map(fetched, wanted, folders), strict=True))


def _asks(folder: Path) -> list[str]:
    content = package_json(folder)
    return [*content.get("dependencies", {}), *content.get("peerDependencies", {})]


def text_of(packages: Mapping[str, PublishedPackage]) -> str:
    """The content of the file: sorted, without what has no value."""
    shown = {
        name: packages[name].model_dump(by_alias=True, mode="json", exclude_defaults=True) for name in sorted(packages)
    }
    return json.dumps(shown, indent=1) + "\n"


if __name__ == "__main__":
    try:
        main()
    except PortalError as error:
        sys.exit(str(error))
