"""Pulumi's passphrase secrets, in the format of the Pulumi CLI, so that the CLI and this program can both read them.

Format (pulumi/pulumi pkg/secrets/passphrase and sdk/go/common/resource/config/crypt.go): the key is PBKDF2-HMAC-SHA-256
of the passphrase over eight bytes of salt, a million rounds; a value is ``v1:nonce:ciphertext`` of AES-256-GCM in
base64; ``encryptionsalt`` is ``v1:salt:`` and the word "pulumi" encrypted, which shows whether a passphrase is right.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.base.errors import InputError, SituationError

ROUNDS = 1_000_000
WITNESS = "pulumi"

FIX = "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the one that the stack was made with"
# Of AES-GCM, in bytes.
NONCE = 12
TAG = 16


class UnopenedError(ValueError):
    """An encrypted value that is damaged, or that was encrypted with another passphrase or salt."""


def looks_sealed(text: str) -> bool:
    """Whether a text may be what ``PassphraseCrypter`` encrypts to. Only its key tells for sure."""
    try:
        version, nonce, body = text.split(":")
        sizes = len(base64.b64decode(nonce, validate=True)), len(base64.b64decode(body, validate=True))
    except ValueError:
        return False
    return version == "v1" and sizes[0] == NONCE and sizes[1] >= TAG


@dataclass(frozen=True)
class PassphraseCrypter:
    """Encrypts and decrypts the values of one stack. ``salt`` is the ``encryptionsalt`` of its file."""

    salt: str
    _key: bytes

    @classmethod
    def create(cls, passphrase: str) -> PassphraseCrypter:
        """A crypter with a new salt. The passphrase must not be empty: anybody could open what it protects."""
        if not passphrase:
            raise ValueError("an empty passphrase")
        salt = os.urandom(8)
        key = _derived(passphrase, salt)
        witness = cls("", key).encrypt(WITNESS)
        return cls(f"v1:{base64.b64encode(salt).decode()}:{witness}", key)

    @classmethod
    def open(cls, salt: str, passphrase: str, where: str, fix: str = FIX) -> PassphraseCrypter:
        """The crypter of a stack file. ``where`` is the file's name in errors, ``fix`` what to do then."""
        parts = salt.split(":", 2)
        if len(parts) != 3 or parts[0] != "v1":
            raise damaged_salt(where)
        try:
            crypter = cls(salt, _derived(passphrase, base64.b64decode(parts[1], validate=True)))
        except ValueError as error:
            raise damaged_salt(where) from error
        try:
            right = bool(passphrase) and crypter.decrypt(parts[2]) == WITNESS
        except UnopenedError:
            right = False
        if not right:
            raise SituationError("the passphrase does not open this file's secrets", fix, where=where)
        return crypter

    def encrypt(self, plain: str) -> str:
        """The text to write after ``secure:``."""
        nonce = os.urandom(NONCE)
        sealed = AESGCM(self._key).encrypt(nonce, plain.encode(), None)
        return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, sealed: str) -> str:
        """The value of the text after ``secure:``. UnopenedError if this key does not open it."""
        try:
            version, nonce, body = sealed.split(":")
            if version != "v1":
                raise UnopenedError(version)
            opened = AESGCM(self._key).decrypt(
                base64.b64decode(nonce, validate=True), base64.b64decode(body, validate=True), None
            )
            return opened.decode()
        except (ValueError, InvalidTag) as error:
            raise UnopenedError("not encrypted with this key") from error


def _derived(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, dklen=32)


def damaged_salt(where: str) -> InputError:
    """The error about a salt that is none."""
    return InputError(
        where=where,
        key="encryptionsalt",
        got="a salt in an unknown format",
        allowed="v1:...",
        fix="restore the line from its commit or from a copy: without it, nobody can open the file's secrets",
    )
