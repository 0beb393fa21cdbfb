"""What ``portal release sign`` and ``verify`` do, and what they print. Neither prints a private key."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.base.errors import SituationError
from portal.command.context import Context
from portal.command.json_answers import shown
from portal.command.release_answers import SignatureAnswer
from portal.release.signature import Envelope, sign, verify
from portal.release.signing_keys import PUBLIC_KEY, key_id, key_text, read_private_key, read_public_key

PASSPHRASE = "PORTAL_SIGNING_PASSPHRASE"  # noqa: S105 - the name of a variable


def sign_release(context: Context, release: str, key_file: Path, *, as_json: bool) -> None:
    """Sign a release with the private key in a file."""
    key = read_private_key(key_file, _passphrase)
    envelope = sign(context.checkout, release, key)
    answer = _answer(context, release, envelope, key.public_key())
    if as_json:
        context.out.document(shown(answer))
        return
    context.out.print(f"Signed {release} with the key {answer.key[:12]}: commit {answer.file}.")
    _say_how_to_require(context, answer)


def verify_release(context: Context, release: str, key_file: Path | None, *, as_json: bool) -> None:
    """Verify the signature of a release with a public key: the one in a file, or the one of the checkout."""
    path = key_file or context.checkout.releases / PUBLIC_KEY
    key = read_public_key(path, context.checkout.relative(path))
    answer = _answer(context, release, verify(context.checkout, release, key), key)
    if as_json:
        context.out.document(shown(answer))
        return
    context.out.print(f"The key {answer.key[:12]} signed {release} as it is now:")
    for name, digest in answer.subjects.items():
        context.out.print(f"  sha256:{digest} {name}")
    _say_how_to_require(context, answer)


def _answer(context: Context, release: str, envelope: Envelope, key: Ed25519PublicKey) -> SignatureAnswer:
    file = context.checkout.relative(envelope.path)
    return SignatureAnswer(
        release=release, file=file, key=key_id(key), public_key=key_text(key), subjects=dict(envelope.subjects)
    )


def _say_how_to_require(context: Context, answer: SignatureAnswer) -> None:
    context.out.print("To let a stack deploy only what this key signed, write into its file:")
    context.out.print(f"  portal:signedBy: [{answer.public_key}]")


def _passphrase() -> str:
    given = os.environ.get(PASSPHRASE)
    if given is None and sys.stdin.isatty():
        return getpass.getpass("Passphrase of the private key: ")
    if not given:
        raise SituationError("the private key is encrypted", f"set {PASSPHRASE}, or run the command in a terminal")
    return given
