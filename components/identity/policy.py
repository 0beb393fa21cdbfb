"""Policy documents of AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
_VERSION = "2012-10-17"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy.

    ``principal`` is for policies of resources and for trust policies only. ``condition`` is as AWS writes it: operator,
    key, value.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]] = ()
    principal: Mapping[str, pulumi.Input[Any]] | str | None = None
    condition: Mapping[str, Mapping[str, pulumi.Input[Any]]] = field(
        default_factory=dict[str, Mapping[str, pulumi.Input[Any]]]
    )
    allow: bool = True


def policy(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """A document as JSON, with the same bytes for the same statements."""
    return pulumi.Output.json_dumps(document(*(_statement(one) for one in statements)))


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """A document of statements as AWS writes them."""
    return {"Version": _VERSION, "Statement": list(statements)}


def compact(*statements: Mapping[str, Any]) -> str:
    """The same as JSON without blanks: AWS counts the letters of a policy, where it has little room."""
    return json.dumps(document(*statements), separators=(",", ":"))


def _statement(one: Statement) -> dict[str, Any]:
    found: dict[str, Any] = {"Sid": one.sid, "Effect": "Allow" if one.allow else "Deny"}
    if one.principal is not None:
        found["Principal"] = one.principal
    found["Action"] = list(one.actions)
    if one.resources:
        found["Resource"] = list(one.resources)
    if one.condition:
        found["Condition"] = {operator: dict(pairs) for operator, pairs in one.condition.items()}
    return found
