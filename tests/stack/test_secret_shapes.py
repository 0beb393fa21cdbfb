"""Values that cannot be right are refused when they are stored, and none of them is shown."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from portal.plugins.load import load_plugins, load_sign_in, load_sources
from portal.stack.secret_shapes import MOST_BYTES, shape_faults
from portal.stack.secrets import SecretNeed

KEY = ec.generate_private_key(ec.SECP256R1())


def short(value: str) -> str:
    """A name for a test: a key's differs with every run."""
    return value[:8].encode("unicode_escape").decode() if "BEGIN" not in value else "key"


def pem(encryption: KeySerializationEncryption, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return KEY.private_bytes(Encoding.PEM, form, encryption).decode()


PRIVATE = pem(NoEncryption())
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
PROTECTED = pem(BestAvailableEncryption(b"canary"))


def faults(shape: str, value: str, file: str = "{value}") -> list[str]:
    return list(shape_faults(SecretNeed("TOKEN", "A token", "somewhere", file, shape), value))


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        ("text", "any\nthing "),
        ("line", "canary-token"),
        ("line", "canäry token"),
        ("number", "123456"),
        ("private-key", PRIVATE),
        ("private-key", PRIVATE.strip()),
        ("private-key", PRIVATE.replace("\n", "\r\n")),
        ("private-key", pem(NoEncryption(), PrivateFormat.TraditionalOpenSSL)),
    ],
    ids=short,
)
def test_what_fits_is_accepted(shape: str, value: str) -> None:
    assert faults(shape, value) == []


@pytest.mark.parametrize(
    ("shape", "value", "said"),
    [
        ("text", "", "is empty"),
        ("text", "canary" * MOST_BYTES, "KiB"),
        ("text", "c\0a\0n\0a\0r\0y\0", "UTF-16"),
        ("line", "canary\rcanary", "line break"),
        ("line", "canary\n", "line break"),
        ("line", "canary\x1b[0m", "control character"),
        ("line", "canary\u200b", "control character"),
        ("line", " canary", "blank"),
        ("line", "canary\t", "control character"),
        ("number", "Iv1.canary", "not a number"),
        ("number", "-1", "not a number"),
        ("number", "123456\n", "not a number"),
        ("number", "١٢٣", "not a number"),
        ("private-key", "canary", "all line breaks"),
        ("private-key", PUBLIC, "not a whole private key"),
        ("private-key", PRIVATE[:100], "not a whole private key"),
        ("private-key", PRIVATE.replace("\n", " "), "not a whole private key"),
        ("private-key", PROTECTED, "passphrase protects"),
    ],
    ids=short,
)
def test_what_cannot_be_right_is_refused_and_not_shown(shape: str, value: str, said: str) -> None:
    found = faults(shape, value)
    assert len(found) == 1
    assert said in found[0]
    assert "canary" not in found[0]


def test_what_the_portal_adds_is_left_out() -> None:
    assert "leave it out" in faults("line", "Bearer canary", "Bearer {value}")[0]
    assert faults("line", "canary", "Bearer {value}") == []


def test_every_secret_of_the_library_says_what_it_looks_like() -> None:
    credentials = [one for source in load_sources().values() for one in source.credentials.values()]
    connections = [one.connection for one in load_plugins().values() if one.connection is not None]
    for owner in (*credentials, *connections, *load_sign_in().values()):
        for name, secret in owner.secrets.items():
            shapes = {"GITHUB_APP_ID": "number", "GITHUB_APP_PRIVATE_KEY": "private-key"}
            assert secret.shape == shapes.get(name, "line"), name
