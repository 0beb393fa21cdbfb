"""The Ed25519 keys that releases are signed and verified with: PEM files. No error and no log shows a private key."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from portal.base.errors import SituationError
from portal.base.input_file import read_input
from portal.release.beside import sha256

# In a checkout: the key that `portal release verify` uses if it is given no other one.
PUBLIC_KEY = "public-key.pem"

_MAKE = "make one with `openssl genpkey -algorithm ed25519 -out FILE`"
_PUBLISH = "write it with `openssl pkey -in KEY -pubout -out FILE`"
_LIMIT = 64 * 2**10


def read_private_key(path: Path, passphrase: Callable[[], str]) -> Ed25519PrivateKey:
    """The private key in a file. ``passphrase`` is only asked for if the key is encrypted.

    SituationError if it is no such key, if the passphrase is wrong, or if others may read a file that is not encrypted.
    """
    where = str(path)
    raw = read_input(path, where, _LIMIT, f"name the file of a private key, or {_MAKE}")
    try:
        key = load_pem_private_key(raw, None)
        if path.stat().st_mode & 0o077:
            raise SituationError("others may read this private key", f"run `chmod 600 {path}`", where=where)
    except TypeError:
        key = _decrypted(raw, passphrase(), where)
    except (ValueError, UnsupportedAlgorithm):
        raise SituationError("it is not a private key in PEM", _MAKE, where=where) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SituationError("it is not an Ed25519 key", _MAKE, where=where)
    return key


def read_public_key(path: Path, name: str) -> Ed25519PublicKey:
    """The public key in a file, whose name in errors is ``name``. SituationError if it is no such key."""
    raw = read_input(path, name, _LIMIT, f"pass --public-key with the file of a public key, or {_PUBLISH}")
    try:
        key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        raise SituationError("it is not a public key in PEM", _PUBLISH, where=name) from None
    if not isinstance(key, Ed25519PublicKey):
        raise SituationError("it is not an Ed25519 key", _MAKE, where=name)
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """What names a key in a signature: SHA-256 of it, in the encoding SubjectPublicKeyInfo."""
    return sha256(_encoded(key))


def key_text(key: Ed25519PublicKey) -> str:
    """A public key as a stack's file names it: the one line in its PEM file."""
    return base64.b64encode(_encoded(key)).decode()


def key_of(text: str) -> Ed25519PublicKey:
    """The key in a text that :mod:`portal.models.signing` accepted."""
    key = load_der_public_key(base64.b64decode(text, validate=True))
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("not an Ed25519 key")
    return key


def _encoded(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _decrypted(raw: bytes, passphrase: str, where: str) -> object:
    try:
        return load_pem_private_key(raw, passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        fix = "give the passphrase that the key was encrypted with"
        raise SituationError("the passphrase does not open this private key", fix, where=where) from None
