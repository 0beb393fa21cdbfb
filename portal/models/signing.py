"""Who must have signed what a stack deploys: public keys, as text in the stack's file."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from portal.models.base import refusal

# SubjectPublicKeyInfo of Ed25519 in base64: 12 bytes that are always the same, and the 32 bytes of the key
# (https://www.rfc-editor.org/rfc/rfc8410#section-4). The last digit has two bits that must be 0.
_PATTERN = r"MCowBQYDK2VwAyEA[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
# How a private key of the same kind begins, and what any of them says in PEM.
_PRIVATE = ("MC4CAQAwBQYDK2Vw", "PRIVATE KEY")


def _public_key(text: str) -> str:
    if any(word in text for word in _PRIVATE):
        raise refusal(
            "a public key", "this is a private one: take it out of the file and out of Git, and make another key"
        )
    if not re.fullmatch(_PATTERN, text):
        raise refusal(
            "a public Ed25519 key: the line of 60 characters in its PEM file",
            "write what `openssl pkey -in KEY -pubout` prints between BEGIN and END",
        )
    return text


PublicKey = Annotated[str, AfterValidator(_public_key), Field(json_schema_extra={"pattern": f"^{_PATTERN}$"})]
"""A public Ed25519 key: SubjectPublicKeyInfo in base64, which is the one line in its PEM file."""
