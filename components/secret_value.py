"""A secret on its way from the stack's settings to an object of the cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class SecretValue:
    """A secret ``value``, and a ``fingerprint`` that changes when it does and says nothing about it.

    The fingerprint is taken where the value is read, with a key of the stack's own: a name that depended on the Output
    itself would become a secret too, and would be unknown at preview.
    """

    value: pulumi.Output[str]
    fingerprint: str
