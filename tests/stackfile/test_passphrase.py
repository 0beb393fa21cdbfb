"""Our bytes are Pulumi's bytes."""

from __future__ import annotations

import pytest

from portal.base.errors import InputError
from portal.stack.secrets import generate
from portal.stackfile.passphrase import PassphraseCrypter

# From Pulumi's own tests (pulumi/pulumi pkg/secrets/passphrase/manager_test.go): the passphrase is "password".
PULUMIS = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="


@pytest.fixture(autouse=True)
def rounds() -> None:
    """As many as Pulumi's."""


def test_a_salt_that_pulumi_made_opens() -> None:
    assert PassphraseCrypter.open(PULUMIS, "password", "f").salt == PULUMIS


@pytest.mark.parametrize("salt", [PULUMIS, "v1:AAAA:v1:AAAA:AAAA", "v2:x:y", "nonsense", "v1:!!:v1:x:y"])
def test_a_wrong_passphrase_or_salt_is_one_sentence(salt: str) -> None:
    with pytest.raises(InputError, match=r"encryptionsalt|The passphrase does not open"):
        PassphraseCrypter.open(salt, "wrong", "stacks/Pulumi.prod.yaml")


def test_what_was_sealed_opens_again_and_never_looks_the_same() -> None:
    crypter = PassphraseCrypter.create("passphrase")
    again = PassphraseCrypter.open(crypter.salt, "passphrase", "f")
    first, second = crypter.encrypt("geheim-ä"), crypter.encrypt("geheim-ä")
    assert first != second
    assert "geheim" not in first
    assert again.decrypt(first) == again.decrypt(second) == "geheim-ä"


def test_generated_secrets_are_long_and_differ() -> None:
    values = {generate() for _ in range(3)}
    assert len(values) == 3
    assert all(len(value) == 64 for value in values)
