"""Sign a release, and verify its signature: an envelope beside the bundle, named by the hash of the statement in it.

The format is DSSE (https://github.com/secure-systems-lab/dsse), with Ed25519. An envelope can have the signatures of
several keys. A signature covers the files of the release, its SBOM and the digests of its images; it does not say who
holds a key, or when it was signed.

Whoever deploys a release asks :func:`require_signed`, with the keys that the stack's file names.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.files import write_whole
from portal.base.json_file import parse_json_object
from portal.base.json_types import is_list, is_mapping
from portal.release.beside import MEND, SIGNATURE, files_beside, read_beside
from portal.release.signing_keys import key_id, key_of
from portal.release.statement import statement_of

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_KEYS = ("payload", "payloadType", "signatures")
_LIMIT = 2**20
_MEND = f"{MEND}, or delete it and sign the release again with `portal release sign`"


@dataclass(frozen=True)
class Envelope:
    """A file with signatures: the statement that was signed, and the signatures by the id of their key."""

    path: Path
    statement: bytes
    signatures: Mapping[str, bytes]

    @property
    def subjects(self) -> dict[str, str]:
        """What was signed: hashes by name. Empty if the statement is not one of ours."""
        try:
            return {str(one["name"]): str(one["digest"]["sha256"]) for one in json.loads(self.statement)["subject"]}
        except (ValueError, KeyError, TypeError, RecursionError):
            return {}


class UnsignedError(PortalError):
    """A release without a good signature: ``what`` is the case, and the ``fix`` for it."""

    def __init__(self, what: str, fix: str) -> None:
        self.what, self.fix = what, fix
        super().__init__(SituationError(what, fix).sentence)


def sign(checkout: Checkout, release_id: str, key: Ed25519PrivateKey) -> Envelope:
    """Sign a release as it is now, and write the signature beside it. Keeps signatures of other keys."""
    statement = statement_of(checkout, release_id)
    path = checkout.releases / release_id / SIGNATURE.name(statement)
    there = path.exists() or path.is_symlink()
    others: Mapping[str, bytes] = read_envelope(checkout, path).signatures if there else {}
    signed = {**others, key_id(key.public_key()): key.sign(_signed_bytes(statement))}
    listed = [{"keyid": name, "sig": _encoded(signature)} for name, signature in sorted(signed.items())]
    content = {"payload": _encoded(statement), "payloadType": PAYLOAD_TYPE, "signatures": listed}
    write_whole(path, json.dumps(content, indent=1, sort_keys=True) + "\n")
    return Envelope(path, statement, signed)


def verify(checkout: Checkout, release_id: str, *keys: Ed25519PublicKey) -> Envelope:
    """Raise UnsignedError unless one of the keys signed the release as it is now. SituationError if a file is damaged.

    A good signature of one key is enough, whatever else is in the file.
    """
    statement = statement_of(checkout, release_id)
    path = checkout.releases / release_id / SIGNATURE.name(statement)
    if not path.exists() and not path.is_symlink():
        raise _why_not_signed(checkout, Envelope(path, statement, {}))
    envelope = read_envelope(checkout, path)
    name, again = checkout.relative(path), f"sign it again with {_command(release_id)}"
    if envelope.statement != statement:
        raise UnsignedError(f"{name} is the signature of something else", f"{MEND}, or delete it and {again}")
    signed = [one for one in keys if key_id(one) in envelope.signatures]
    if any(_is_good(envelope, one) for one in signed):
        return envelope
    if signed:
        raise UnsignedError(f"{name}: the signature of {_named(signed)} is wrong", f"{MEND}, or {again}")
    signers = ", ".join(one[:12] for one in envelope.signatures)
    raise UnsignedError(
        f"{name} is not signed by {_named(keys)}, but by {signers or 'none'}",
        f"sign it as well: {_command(release_id)}",
    )


def require_signed(checkout: Checkout, release_id: str, keys: Sequence[str], where: str) -> None:
    """SituationError unless one of the public keys signed the release as it is now, or if there are no keys.

    ``where`` is the file and line that names the keys.
    """
    if not keys:
        return
    try:
        verify(checkout, release_id, *(key_of(one) for one in keys))
    except UnsignedError as error:
        raise SituationError(error.what, error.fix, where=where) from None


def envelopes(checkout: Checkout, release_id: str) -> list[Envelope]:
    """The signatures beside a release. Does not verify them."""
    return [read_envelope(checkout, path) for path in files_beside(checkout.releases / release_id, SIGNATURE)]


def read_envelope(checkout: Checkout, path: Path) -> Envelope:
    """The signatures in a file. Does not verify them. SituationError if it is damaged."""
    name = checkout.relative(path)
    content = parse_json_object(read_beside(checkout, path, _LIMIT), name, _MEND, _KEYS)
    payload, listed = content["payload"], content["signatures"]
    if content["payloadType"] != PAYLOAD_TYPE or not isinstance(payload, str) or not is_list(listed):
        raise _damaged(name)
    return Envelope(path, _decoded(payload, name), dict(_signature(one, name) for one in listed))


def _signature(entry: object, name: str) -> tuple[str, bytes]:
    found: Mapping[str, Any] = entry if is_mapping(entry) else {}
    keyid, signature = found.get("keyid"), found.get("sig")
    if not isinstance(keyid, str) or not isinstance(signature, str):
        raise _damaged(name)
    return keyid, _decoded(signature, name)


def _is_good(envelope: Envelope, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(envelope.signatures[key_id(key)], _signed_bytes(envelope.statement))
    except InvalidSignature:
        return False
    return True


def _why_not_signed(checkout: Checkout, now: Envelope) -> UnsignedError:
    """There is no signature, or the release changed after it was signed."""
    release_id = now.path.parent.name
    for then in envelopes(checkout, release_id):
        names = sorted({*now.subjects, *then.subjects})
        differ = [name for name in names if now.subjects.get(name) != then.subjects.get(name)]
        if differ:
            return UnsignedError(
                f"{release_id} is not what was signed ({', '.join(differ)})",
                f"{MEND}, or if the change is right, sign it again with {_command(release_id)}",
            )
    return UnsignedError(f"{release_id} is not signed", f"sign it with {_command(release_id)}")


def _named(keys: Sequence[Ed25519PublicKey]) -> str:
    """The keys by the beginning of their ids, as the end of a sentence."""
    names = [key_id(one)[:12] for one in keys]
    return f"the key {names[0]}" if len(names) == 1 else f"any of the keys {', '.join(names)}"


def _command(release_id: str) -> str:
    return f"`portal release sign {release_id} --key FILE`"


def _signed_bytes(statement: bytes) -> bytes:
    """Source: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md (PAE)."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(statement), statement)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _damaged(name) from None


def _damaged(name: str) -> SituationError:
    return SituationError("the file is damaged: it is not a signature", _MEND, where=name)
