"""Which jobs of GitHub Actions may take a role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from portal.aws.github import AUDIENCE, ISSUER

_EXACT, _PATTERN = "StringEquals", "StringLike"


def github_trust(provider_arn: pulumi.Input[str], subjects: Sequence[str]) -> list[dict[str, Any]]:
    """The statements of a trust policy. A subject is compared as it is, unless it has a ``*``.

    Patterns stand in a statement of their own, so that they change nothing about the other subjects.
    """
    patterns = [one for one in subjects if "*" in one]
    exact = [one for one in subjects if "*" not in one]
    return [
        _statement(provider_arn, operator, named)
        for operator, named in ((_EXACT, exact), (_PATTERN, patterns))
        if named
    ]


def _statement(provider_arn: pulumi.Input[str], operator: str, subjects: Sequence[str]) -> dict[str, Any]:
    condition: dict[str, dict[str, Any]] = {_EXACT: {f"{ISSUER}:aud": AUDIENCE}}
    condition.setdefault(operator, {})[f"{ISSUER}:sub"] = subjects[0] if len(subjects) == 1 else list(subjects)
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
