"""Whose rights are listed, and how a statement of a policy is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Statement = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DeployRights:
    """``portal`` is the name of the stack. ``cluster`` and ``repository`` are names; None where there is none here.

    ``state_bucket`` has Pulumi's states, and ``state_key`` is the ARN of the key of their secrets.
    """

    portal: str
    account: str
    region: str
    cluster: str | None = None
    repository: str | None = None
    state_bucket: str | None = None
    state_key: str | None = None


def allow(sid: str, actions: list[str], resource: str | list[str], condition: object = None) -> Statement:
    """Allow actions of resources, under a condition if there is one."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
    return statement if condition is None else {**statement, "Condition": condition}


def prefixed(service: str, actions: str) -> list[str]:
    """Actions of a service. They stand in one text, divided by spaces."""
    return [f"{service}:{one}" for one in actions.split()]
