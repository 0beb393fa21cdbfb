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


@dataclass(frozen=True)
class PassphraseCrypter:
    """Encrypts and decrypts the values of one stack. ``salt`` is the ``encryptionsalt`` of its file."""

    salt: str
    _key: bytes

    @classmethod
    def create(cls, passphrase: str) -> PassphraseCrypter:
        """A crypter with a new salt."""
        salt = os.urandom(8)
        key = _derived(passphrase, salt)
        witness = cls("", key).encrypt(WITNESS)
        return cls(f"v1:{base64.b64encode(salt).decode()}:{witness}", key)

    @classmethod
    def open(cls, salt: str, passphrase: str, where: str) -> PassphraseCrypter:
        """The crypter of a stack file. ``where`` is the file's name in errors."""
        parts = salt.split(":", 2)
        if len(parts) != 3 or parts[0] != "v1":
            raise InputError(
                where=where,
                key="encryptionsalt",
                got="a salt in an unknown format",
                allowed="v1:...",
                fix="restore the line from its commit",
            )
        crypter: PassphraseCrypter | None = None
        try:
            crypter = cls(salt, _derived(passphrase, base64.b64decode(parts[1], validate=True)))
            right = crypter.decrypt(parts[2]) == WITNESS
        except (ValueError, InvalidTag):
            right = False
        if crypter is None or not right:
            raise SituationError(
                "the passphrase does not open this file's secrets",
                "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the one that the stack was made with",
                where=where,
            )
        return crypter

    def encrypt(self, plain: str) -> str:
        """The text to write after ``secure:``."""
        nonce = os.urandom(12)
        sealed = AESGCM(self._key).encrypt(nonce, plain.encode(), None)
        return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, sealed: str) -> str:
        """The value of the text after ``secure:``. ValueError or InvalidTag if it was not encrypted with this key."""
        version, nonce, body = sealed.split(":")
        if version != "v1":
            raise ValueError(version)
        return AESGCM(self._key).decrypt(base64.b64decode(nonce), base64.b64decode(body), None).decode()


def _derived(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, dklen=32)
