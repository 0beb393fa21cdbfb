"""A rule about graphs, and the ids under which others know it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.graph.model import Graph

Rule = Callable[[Graph], Iterator[str]]


@dataclass(frozen=True, kw_only=True)
class Control:
    """A rule with a title and the ids that it implements, such as ``RDS.3`` or ``CIS 3.2.1``; none for our own rules.

    Without a prefix, an id is one of AWS Foundational Security Best Practices. CIS is the Amazon Web Services
    Foundations Benchmark 7.0. ``advisory``: a stack's own settings may decide otherwise, so it is told and not refused.
    """

    ids: tuple[str, ...] = ()
    title: str
    check: Rule
    advisory: bool = False

    @property
    def key(self) -> str:
        """What tells it from the others: its first id, or its title."""
        return self.ids[0] if self.ids else self.title
