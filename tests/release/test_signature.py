"""A signature covers every byte of a release, its SBOM and its images; whatever else is there is refused."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.release.beside import SBOM, SIGNATURE, files_beside, sha256
from portal.release.signature import envelopes, sign, verify
from portal.release.signing_keys import key_id, read_private_key, read_public_key
from tests.support.signed_releases import DIGEST, PASSPHRASE, release_with, sbom, write_key


@dataclass(frozen=True)
class Signed:
    """A signed release, and the key."""

    checkout: Checkout
    id: str
    key: Ed25519PrivateKey

    @property
    def folder(self) -> Path:
        return self.checkout.releases / self.id

    @property
    def signature(self) -> Path:
        (path,) = files_beside(self.folder, SIGNATURE)
        return path

    @property
    def sbom(self) -> Path:
        (path,) = files_beside(self.folder, SBOM)
        return path

    def edit(self, change: Callable[[Any], object]) -> None:
        content: Any = json.loads(self.signature.read_text())
        change(content)
        self.signature.write_text(json.dumps(content))

    def verify(self) -> None:
        verify(self.checkout, self.id, self.key.public_key())


@pytest.fixture
def signed(checkout: Checkout) -> Signed:
    release, key = release_with(checkout, sbom("MIT")), Ed25519PrivateKey.generate()
    sign(checkout, release.id, key)
    return Signed(checkout, release.id, key)


def test_what_was_signed_is_verified(signed: Signed) -> None:
    signed.verify()


def test_a_signature_states_every_file_and_every_image(signed: Signed) -> None:
    (envelope,) = envelopes(signed.checkout, signed.id)
    files = [path for path in signed.folder.iterdir() if path != signed.signature]
    expected = {f"releases/{signed.id}/{path.name}": sha256(path.read_bytes()) for path in files}
    digest = DIGEST.removeprefix("sha256:")
    expected |= {f"registry.acme.example/{name}": digest for name in ("portal", "portal-postgres")}
    assert envelope.subjects == expected


def test_others_can_verify_it_by_the_standard(signed: Signed) -> None:
    """DSSE's bytes, written out here by its specification."""
    content = json.loads(signed.signature.read_text())
    payload = base64.b64decode(content["payload"])
    kind = content["payloadType"]
    written = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind.encode(), str(len(payload)).encode(), payload])
    (one,) = content["signatures"]
    signed.key.public_key().verify(base64.b64decode(one["sig"]), written)
    assert one["keyid"] == key_id(signed.key.public_key())
    assert json.loads(payload)["_type"] == "https://in-toto.io/Statement/v1"


def test_to_sign_again_changes_nothing_and_another_key_is_added(signed: Signed) -> None:
    before, other = signed.signature.read_bytes(), Ed25519PrivateKey.generate()
    sign(signed.checkout, signed.id, signed.key)
    assert signed.signature.read_bytes() == before
    sign(signed.checkout, signed.id, other)
    signed.verify()
    verify(signed.checkout, signed.id, other.public_key())


def _bytes_of_the_release(signed: Signed) -> None:
    path = signed.folder / "release.json"
    path.write_text(path.read_text().replace("Acme", "Amce", 1))


def _a_blank_in_the_release(signed: Signed) -> None:
    path = signed.folder / "release.json"
    path.write_text(f"{path.read_text()} ")


def _bytes_of_the_schemas(signed: Signed) -> None:
    path = signed.folder / "config-schema.json"
    path.write_text(f"{path.read_text()} ")


def _image(signed: Signed) -> None:
    path = signed.folder / "release.json"
    path.write_text(path.read_text().replace("ab" * 32, "cd" * 32))


def _another_sbom(signed: Signed) -> None:
    signed.sbom.unlink()
    other = sbom("GPL-3.0-only")
    (signed.folder / SBOM.name(other)).write_bytes(other)


def _no_signature(signed: Signed) -> None:
    signed.signature.unlink()


def _another_key(signed: Signed) -> None:
    signed.edit(lambda content: content["signatures"][0].update(keyid="0" * 64))


def _other_signature(signed: Signed) -> None:
    signed.edit(lambda content: content["signatures"][0].update(sig=base64.b64encode(b"x" * 64).decode()))


def _short_signature(signed: Signed) -> None:
    signed.edit(lambda content: content["signatures"][0].update(sig=""))


def _no_signatures(signed: Signed) -> None:
    signed.edit(lambda content: content.update(signatures=[]))


def _other_statement(signed: Signed) -> None:
    """Rightly signed, under the name of another statement."""
    path, own = signed.signature, signed.signature.read_bytes()
    _a_blank_in_the_release(signed)
    sign(signed.checkout, signed.id, signed.key)
    (other,) = (found for found in files_beside(signed.folder, SIGNATURE) if found != path)
    assert other.read_bytes() != own
    other.write_bytes(own)


def _another_release(signed: Signed) -> None:
    """The signature of another release, as if it were this one's."""
    signed.checkout.portal_file.write_text(f"{signed.checkout.portal_file.read_text()}\ntitle: Another\n")
    other = release_with(signed.checkout, sbom("MIT"))
    path = sign(signed.checkout, other.id, signed.key).path
    signed.signature.write_bytes(path.read_bytes())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_bytes_of_the_release, r"is not what was signed \(releases/r-[0-9a-f]+/release.json\)"),
        (_a_blank_in_the_release, r"is not what was signed \(releases/r-[0-9a-f]+/release.json\)"),
        (_bytes_of_the_schemas, r"is not what was signed \(releases/r-[0-9a-f]+/config-schema.json\)"),
        (_image, r"is not what was signed \(registry.acme.example/portal, "),
        (_another_sbom, r"is not what was signed \(releases/r-[0-9a-f]+/sbom-.*sbom-"),
        (_no_signature, r"is not signed. Sign it with `portal release sign r-[0-9a-f]+ --key FILE`"),
        (_another_key, "is not signed by the key"),
        (_other_signature, "is wrong"),
        (_short_signature, "is wrong"),
        (_no_signatures, "but by none"),
        (_other_statement, "the signature of something else"),
        (_another_release, "the signature of something else"),
    ],
)
def test_anything_else_than_what_was_signed_is_refused(
    signed: Signed, change: Callable[[Signed], None], said: str
) -> None:
    change(signed)
    with pytest.raises(PortalError, match=said) as refused:
        signed.verify()
    # No mistake in the input: exit code 1.
    assert not isinstance(refused.value, SituationError)


def test_another_key_is_refused(signed: Signed) -> None:
    with pytest.raises(PortalError, match="is not signed by the key"):
        verify(signed.checkout, signed.id, Ed25519PrivateKey.generate().public_key())


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


FILES: dict[str, Callable[[Signed], Path]] = {
    "release": lambda signed: signed.folder / "release.json",
    "schemas": lambda signed: signed.folder / "config-schema.json",
    "sbom": lambda signed: signed.sbom,
    "signature": lambda signed: signed.signature,
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", [_cut, _link, _dangling, _folder, _pipe])
def test_a_damaged_file_is_refused(signed: Signed, file: str, damage: Callable[[Path], None]) -> None:
    damage(FILES[file](signed))
    with pytest.raises(PortalError, match=r"[Rr]estore it from its commit"):
        signed.verify()


@pytest.mark.parametrize(
    ("file", "said"),
    [("release", "release.json"), ("schemas", "config-schema.json"), ("sbom", "no SBOM")],
)
def test_a_missing_file_is_refused(signed: Signed, file: str, said: str) -> None:
    FILES[file](signed).unlink()
    with pytest.raises(SituationError, match=said):
        signed.verify()


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("payload",), None),
        (("payload",), "not base64!"),
        (("payload",), 1),
        (("payloadType",), "text/plain"),
        (("signatures",), {}),
        (("signatures",), ["one"]),
        (("signatures", 0, "keyid"), None),
        (("signatures", 0, "sig"), 1),
        (("signatures", 0, "sig"), "not base64!"),
    ],
)
def test_an_envelope_of_another_form_is_refused(signed: Signed, keys: tuple[str | int, ...], value: object) -> None:
    def change(content: Any) -> None:
        *parents, last = keys
        for parent in parents:
            content = content[parent]
        content[last] = value

    signed.edit(change)
    with pytest.raises(SituationError, match="damaged"):
        signed.verify()


def test_a_release_under_the_name_of_another_is_refused(signed: Signed) -> None:
    other = signed.folder.with_name("r-000000000000")
    signed.folder.rename(other)
    with pytest.raises(SituationError, match=f"says that it is {signed.id}"):
        verify(signed.checkout, other.name, signed.key.public_key())


def test_a_release_without_an_sbom_is_not_signed(checkout: Checkout) -> None:
    release = release_with(checkout, None)
    with pytest.raises(SituationError, match=r"no SBOM.*portal build --push"):
        sign(checkout, release.id, Ed25519PrivateKey.generate())


def never() -> str:
    raise AssertionError("nobody has to type a passphrase")


def test_a_private_key_is_read_if_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    key = write_key(file)
    assert key_id(read_private_key(file, never).public_key()) == key_id(key.public_key())
    assert key_id(read_public_key(file.with_suffix(".pub"), "a key")) == key_id(key.public_key())
    for mode in (0o640, 0o604, 0o620):
        file.chmod(mode)
        with pytest.raises(SituationError, match=f"chmod 600 {file}"):
            read_private_key(file, never)


def test_an_encrypted_key_may_be_read_by_others_and_is_opened_by_its_passphrase(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    key = write_key(file, passphrase=PASSPHRASE, mode=0o644)
    assert key_id(read_private_key(file, lambda: PASSPHRASE).public_key()) == key_id(key.public_key())
    with pytest.raises(SituationError, match="does not open this private key") as refused:
        read_private_key(file, lambda: "another one")
    assert "another one" not in str(refused.value)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", "not a private key in PEM"),
        (_pem(ec.generate_private_key(ec.SECP256R1())), "not an Ed25519 key"),
        (b"x" * 100_000, "at most"),
    ],
)
def test_another_file_is_no_private_key(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(SituationError, match=said) as refused:
        read_private_key(file, never)
    assert "c2VjcmV0" not in str(refused.value)


def test_a_private_key_is_no_public_one(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    write_key(file)
    with pytest.raises(SituationError, match="not a public key"):
        read_public_key(file, "a key")
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    file.write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(SituationError, match="not an Ed25519 key"):
        read_public_key(file, "a key")
    with pytest.raises(SituationError, match="--public-key"):
        read_public_key(tmp_path / "none.pem", "a key")
