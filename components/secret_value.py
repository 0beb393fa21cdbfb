"""A secret value, as the stack's settings pass it to components."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class SecretValue:
    """A secret ``value``, and a ``fingerprint`` that changes with it and reveals nothing about it.

    The fingerprint is taken where the value is read, with a key of the stack's own: a name that depended on the Output
    itself would become a secret too, and would be unknown at preview.
    """

    value: pulumi.Output[str]
    fingerprint: str
