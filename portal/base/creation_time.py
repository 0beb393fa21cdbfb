"""How long a resource is assumed to take until what waits for it can begin, and where the number is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# Somebody published a measurement, we measured it ourselves, or nobody did.
Basis = Literal["published", "measured", "assumed"]


@dataclass(frozen=True, kw_only=True)
class CreationTime:
    """The time of one type of resource.

    ``source`` is an address or a page of this repository, and what it says. ``given``: only resources with these inputs
    take so long. ``input_seconds`` is the path of an input whose seconds are waited for as well.
    """

    seconds: int
    basis: Basis
    source: str
    given: Mapping[str, object] = field(default_factory=dict[str, object])
    input_seconds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CreationTimes:
    """The times of one provider's types.

    Of several for one type, the first one counts whose inputs a resource has. ``quick`` are types that are known to
    take no longer than ``other``, which is also the time of types that are not known at all.
    """

    slow: Mapping[str, tuple[CreationTime, ...]]
    other: CreationTime
    quick: frozenset[str] = frozenset()
