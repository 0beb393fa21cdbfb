"""The outputs of a deployed stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pulumi


class Built(Protocol):
    """What a target built."""

    @property
    def exports(self) -> Mapping[str, Any]:
        """The stack's outputs, by name."""
        ...


def export(built: Built) -> None:
    """Export what a target built."""
    for name, value in built.exports.items():
        pulumi.export(name, value)
