"""Kubernetes quantities as numbers (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity)."""

from __future__ import annotations

import re
from decimal import Decimal

_BINARY = {f"{letter}i": Decimal(1024**power) for power, letter in enumerate("KMGTP", start=1)}
_DECIMAL = {letter: Decimal(1000**power) for power, letter in enumerate("kMGTP", start=1)}
_SMALL = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1)}
_SUFFIXES = {**_SMALL, **_DECIMAL, **_BINARY}
_QUANTITY = re.compile(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)([a-zA-Z]*)")


def quantity(text: object) -> Decimal:
    """The number that a quantity stands for, in cores, bytes or units. ValueError if the text is no quantity."""
    match = _QUANTITY.fullmatch(str(text))
    if match is None or match.group(2) not in _SUFFIXES:
        raise ValueError(str(text))
    return Decimal(match.group(1)) * _SUFFIXES[match.group(2)]


def shown(value: Decimal) -> str:
    """A number as people write it: ``1536Mi``, ``0.5``."""
    for suffix in ("Gi", "Mi", "Ki"):
        if value >= _BINARY[suffix] and value % _BINARY[suffix] == 0:
            return f"{int(value / _BINARY[suffix])}{suffix}"
    return f"{value.normalize():f}"
