"""Write the manifest of a Backstage release from the npm registry (``make manifest RELEASE=1.56.0``).

The versions come from four sources, in this order:

1. ``@backstage/create-app`` of that release has the versions of the packages in its template.
2. The dependencies of these packages, and in turn the dependencies of those. Peer dependencies count too.
3. The other packages of the newest existing manifest, and those named on the command line. Each gets the version that
   depends on the packages of the release.
4. Where the registry lacks a version, its nearest later patch.

The packages that our own sources import, and the resolutions, are copied from the newest manifest. ``portal lock`` and
a build show whether they still work.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.files import write_whole
from portal.base.printer import Printer
from portal.base.progress import Progress, progress_for
from portal.image.create_app import CREATE_APP, CreateApp, template_versions
from portal.image.npm_registry import all_published, published
from portal.release.release_versions import (
    Asks,
    is_release,
    later_patch,
    older_than_release,
    parsed,
    version_in_release,
    with_what_they_ask_for,
)


@dataclass(frozen=True)
class MadeManifest:
    """A manifest that was written.

    ``notes`` are sentences about what a person should review, each with the package that it is about.
    """

    path: Path
    notes: tuple[tuple[str, str], ...]


def make_manifest(checkout: Checkout, release: str, named: Sequence[str], progress: Progress) -> MadeManifest:
    """Write ``app/manifests/<release>.json``. PortalError if npm does not have the release."""
    folder = checkout.app / "manifests"
    base = _base_manifest(folder, release)
    with progress.phase(f"Find Backstage {release} in {CREATE_APP}"), tempfile.TemporaryDirectory() as temporary:
        template = template_versions(CreateApp(Path(temporary)).of_release(release))
    with progress.phase("Read the dependencies of its packages"):
        asked_for = with_what_they_ask_for(template, _asks_of, {})
    others = sorted({*base["packages"], *named} - set(asked_for))
    with progress.phase(f"Find the versions of {len(others)} other packages"):
        supposed = _versions_of(others, asked_for)
    with progress.phase("Read the dependencies of those packages"):
        versions, substitutes = _served(with_what_they_ask_for(template, _asks_of, {**asked_for, **supposed}))
    path = folder / f"{release}.json"
    write_whole(path, json.dumps({**base, "backstage": release, "packages": versions}, indent=2) + "\n")
    return MadeManifest(path, tuple(_notes(others, versions, substitutes)))


def _base_manifest(folder: Path, release: str) -> dict[str, Any]:
    """The manifest of the release if there is one, or else the newest manifest."""
    known = sorted(
        (path for path in folder.glob("*.json") if is_release(path.stem)), key=lambda path: parsed(path.stem)
    )
    path = folder / f"{release}.json" if folder / f"{release}.json" in known else known[-1]
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def _versions_of(names: Sequence[str], release: Mapping[str, str]) -> dict[str, str]:
    """The versions of packages that no template package depends on. Leaves out packages that are not in the release."""
    versions = {
        name: version_in_release(found, release) for name, found in zip(names, all_published(names), strict=True)
    }
    return {name: version for name, version in versions.items() if version is not None}


def _served(release: Mapping[str, str]) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """The packages with versions that the registry has, and which others it lacks.

    A patch that came later asks for later versions than the release has. So of what it asks for, only packages count
    that nothing else asks for.
    """
    versions, substitutes = dict(release), dict[str, tuple[str, str]]()
    while True:
        lacking = [name for name, version in versions.items() if not published(f"{name}@{version}")]
        fresh = {
            name: (versions[name], served)
            for name in lacking
            if (served := later_patch(versions[name], published(name))) is not None
        }
        if not fresh:
            return versions, substitutes
        substitutes = dict(sorted({**substitutes, **fresh}.items()))
        taken = {name: served for name, (_, served) in fresh.items()}
        versions = with_what_they_ask_for({**versions, **taken}, _asks_of, {})


def _notes(
    others: Sequence[str], release: Mapping[str, str], substitutes: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """What a person should review. A registry may lack a version, and one found by its dependencies may be wrong."""
    for name, (wanted, served) in substitutes.items():
        yield name, f"the registry has no {name} {wanted}: {served} was taken, its nearest later patch"
    for name, version in release.items():
        if not published(f"{name}@{version}"):
            lacking = f"the registry has no {name} {version}"
            yield name, f"{lacking}, so its dependencies are not known: write another version"
    for name in others:
        if name not in release:
            yield name, f"{name} is left out: none of its versions depends on packages of this release"
        elif name not in substitutes and (older := older_than_release(published(name).get(release[name], {}), release)):
            yield name, f"{name} {release[name]} may be of another release: it depends on an older {', '.join(older)}"


def _asks_of(packages: Mapping[str, str]) -> list[Asks]:
    """The dependencies of exact versions. Empty where the registry lacks one, which :func:`_served` looks at."""
    found = all_published([f"{name}@{version}" for name, version in packages.items()])
    return [asks.get(version, {}) for version, asks in zip(packages.values(), found, strict=True)]


def main(words: Sequence[str]) -> None:
    """Write a manifest. The arguments are ``RELEASE [PACKAGE ...]``."""
    if not words or not is_release(words[0]):
        raise InputError(
            where="make manifest",
            key="RELEASE",
            got=words[0] if words else "nothing",
            allowed="a release of Backstage",
            fix="write `make manifest RELEASE=1.56.0`",
        )
    checkout = Checkout.containing(Path.cwd())
    progress = progress_for(Printer(stderr=True))
    made = make_manifest(checkout, words[0], words[1:], progress)
    for _, note in made.notes:
        progress.note(note)
    sys.stdout.write(f"{checkout.relative(made.path)}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except PortalError as error:
        sys.exit(str(error))
