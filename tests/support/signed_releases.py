"""A release with an SBOM, and keys to sign it with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from portal.base.checkout import Checkout
from portal.release.bundle import Release
from portal.release.images import Images
from portal.release.release import write_release

COMMIT = "0" * 40
DIGEST = "sha256:" + "ab" * 32
PASSPHRASE = "open, please"


def sbom(*licenses: str, note: str = "") -> bytes:
    """An SBOM with a component for each license; without one for an empty text."""
    components: list[dict[str, Any]] = [
        {"type": "library", "name": f"package-{number}", "version": "1.0.0"}
        | ({"licenses": [{"license": {"id": stated}}]} if stated else {})
        for number, stated in enumerate(licenses)
    ]
    return json.dumps({"bomFormat": "CycloneDX", "components": components, "note": note}).encode()


def release_with(checkout: Checkout, content: bytes | None) -> Release:
    """A release of this checkout, as if its images were in a registry, with this SBOM beside it."""
    image = {"digests": {"linux/amd64": DIGEST}, "origin": "built"}
    names = {"portal": "registry.acme.example/portal", "database": "registry.acme.example/portal-postgres"}
    images = {role: {"name": name, **image} for role, name in {**names, "base": "node"}.items()}
    return write_release(checkout, Images.model_validate({"key": "", **images}), COMMIT, content)


def write_key(path: Path, *, passphrase: str | None = None, mode: int = 0o600) -> Ed25519PrivateKey:
    """A new private key in a file, and the public one beside it (``.pub``)."""
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    path.chmod(mode)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.with_suffix(".pub").write_bytes(public)
    return key
