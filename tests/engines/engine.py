"""What these tests ask of an engine, whichever it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Outcome:
    """How a command ended. ``text`` is all that it said."""

    ok: bool
    text: str


class Engine(Protocol):
    """An engine in the place of one stack."""

    def preview(self) -> Outcome:
        """Show what would change."""
        ...

    def up(self, *, skip_preview: bool = False, expect_no_changes: bool = False) -> Outcome:
        """Deploy, after a preview. A preview that fails is the end."""
        ...

    def destroy(self, *, exclude_protected: bool = False) -> Outcome:
        """Delete everything, or everything but what is protected and what that needs."""
        ...

    def unprotect(self) -> Outcome:
        """Take the protection away from everything, in the state."""
        ...

    def resources(self) -> list[Mapping[str, Any]]:
        """The resources of the state, with secrets as they are kept."""
        ...

    def kept(self) -> Iterable[bytes]:
        """Everything that it keeps and shows: its files, the exported state, the outputs."""
        ...
