"""What the frontend knows about sign-in providers and sources. A generated file, so the frontend's code names none."""

from __future__ import annotations

from typing import Any

from portal.release.composition import Composition

# app/packages/app/src/accounts/records.ts imports this file.
ACCOUNT_RECORDS = "packages/app/src/accounts/records.json"


def account_records(composition: Composition) -> dict[str, Any]:
    """The providers in the image, and the sources where people have accounts. Nothing secret, nothing of a stack."""
    return {
        "providers": [
            {
                "id": record.id,
                "title": record.title,
                **({"anyone": True} if record.anyone else {}),
                **({"proxied": True} if record.proxied else {}),
                **({"api": record.api} if record.api is not None else {}),
                **({"scopes": list(record.scopes)} if record.scopes else {}),
                **({"source": record.source} if record.source is not None else {}),
            }
            for record in composition.sign_in.values()
        ],
        "sources": [
            {
                "id": record.id,
                "integration": record.integration,
                "publicHost": record.public_host,
                "api": record.accounts.api,
                "scmAuth": record.accounts.scm_auth,
            }
            for record in composition.sources.values()
            if record.accounts is not None
        ],
    }
