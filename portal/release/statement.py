"""What a signature of a release states: the hashes of its files and of its SBOM, and the digests of its images.

It is a statement of in-toto, so that other tools can read it. The same release gives the same bytes.
Sources: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, .../spec/predicates/release.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from portal.base.canonical import canonical_json
from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.release.beside import MEND, read_beside, sha256
from portal.release.bundle import FILE, SCHEMAS, Release, read_bundle
from portal.release.images import Image
from portal.release.sbom import read_sbom

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://in-toto.io/attestation/release/v0.1"
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


def statement_of(checkout: Checkout, release_id: str) -> bytes:
    """The statement about a release, as its files are now. SituationError if a file is damaged or there is no SBOM."""
    # Before its content is read: a link to a good file is refused too.
    files = {name: read_beside(checkout, checkout.releases / release_id / name) for name in (FILE, SCHEMAS)}
    release, _ = read_bundle(checkout, release_id)
    where = f"releases/{release_id}"
    if release.id != release_id:
        raise SituationError(f"{FILE} says that it is {release.id}", MEND, where=where)
    sbom = read_sbom(checkout, release_id)
    if sbom is None:
        raise SituationError(
            "the release has no SBOM, and a signature covers it",
            "run `portal build --push` where the release was made, which adds it",
            where=where,
        )
    hashes = {f"{where}/{name}": sha256(content) for name, content in files.items()}
    hashes[f"{where}/{sbom.path.name}"] = sbom.sha256
    hashes.update(_images(release, where))
    subjects = [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(hashes.items())]
    predicate = {"purl": _purl(release.images.portal)}
    statement = {"_type": _STATEMENT, "subject": subjects, "predicateType": _PREDICATE, "predicate": predicate}
    return canonical_json(statement).encode()


def _images(release: Release, where: str) -> Iterator[tuple[str, str]]:
    for image in (release.images.portal, release.images.database):
        digest = _DIGEST.fullmatch(image.reference.rpartition("@")[2])
        if digest is None:
            raise SituationError(f"{image.name} has no digest of a registry", MEND, where=f"{where}/{FILE}")
        yield image.name, digest[1]


def _purl(image: Image) -> str:
    """Source: https://github.com/package-url/purl-spec (types/oci-definition)."""
    digest = image.reference.rpartition("@")[2]
    name = image.name.rpartition("/")[2].lower()
    return f"pkg:oci/{quote(name, safe='')}@{quote(digest, safe='')}?repository_url={quote(image.name, safe='')}"
