"""The SBOM of a release: a file beside its bundle. ``portal build --push`` writes it; nothing here makes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.base.files import write_whole
from portal.base.json_file import parse_json_object
from portal.base.json_types import is_list, is_mapping
from portal.release.beside import MEND, SBOM, files_beside, read_beside, sha256

NO_LICENSE = "not stated"


@dataclass(frozen=True)
class Sbom:
    """An SBOM: its file, SHA-256 of it, and what it lists.

    ``licenses`` are how many components state each license, the most frequent first. A component that states several
    counts for ``A AND B``.
    """

    path: Path
    sha256: str
    components: int
    licenses: Mapping[str, int]


def write_sbom(folder: Path, content: bytes) -> None:
    """Write an SBOM beside a bundle. An SBOM that is there already stays: it belongs to the same images."""
    if not files_beside(folder, SBOM):
        write_whole(folder / SBOM.name(content), content)


def read_sbom(checkout: Checkout, release_id: str) -> Sbom | None:
    """The SBOM of a release. None if it has none. SituationError if it is damaged, or if there are several."""
    found = files_beside(checkout.releases / release_id, SBOM)
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise SituationError(
            f"the release has several SBOMs ({names})",
            "delete those that its commit does not have",
            where=checkout.relative(found[0].parent),
        )
    return _read(checkout, found[0]) if found else None


def _read(checkout: Checkout, path: Path) -> Sbom:
    name = checkout.relative(path)
    raw = read_beside(checkout, path)
    if SBOM.name(raw) != path.name:
        raise SituationError("the content does not have the hash in the file's name", MEND, where=name)
    components = parse_json_object(raw, name, MEND, ("bomFormat", "components"))["components"]
    listed = [one for one in components if is_mapping(one)] if is_list(components) else []
    counted = Counter(_license(component) for component in listed)
    licenses = dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))
    return Sbom(path, sha256(raw), len(listed), licenses)


def _license(component: Mapping[str, Any]) -> str:
    return " AND ".join(dict.fromkeys(_licenses(component.get("licenses")))) or NO_LICENSE


def _licenses(stated: object) -> Iterator[str]:
    """What a component states. The same license may be there twice, with two addresses of its text.

    Source: https://cyclonedx.org/docs/1.6/json/#components_items_licenses
    """
    for choice in stated if is_list(stated) else ():
        if is_mapping(choice):
            named = choice.get("license")
            found = named.get("id") or named.get("name") if is_mapping(named) else choice.get("expression")
            if isinstance(found, str):
                yield found.removeprefix("(").removesuffix(")") if found.count("(") == 1 else found
