"""A stream that is passed on, and compared with its hash in the end."""

from __future__ import annotations

import hashlib
from typing import IO

from portal.base.errors import PortalError


class CheckedCopy:
    """Counts what passes through. ``sha256`` is what all of it has to have."""

    def __init__(self, sha256: str, name: str) -> None:
        self._expected, self._name = sha256, name
        self._hash = hashlib.sha256()
        self._target: IO[bytes] | None = None

    def to(self, target: IO[bytes]) -> IO[bytes]:
        """This, as a stream that writes to ``target``."""
        self._target = target
        return self  # pyright: ignore[reportReturnType] - what a writer calls is here

    def write(self, piece: bytes) -> int:
        """Pass a piece on."""
        assert self._target is not None  # noqa: S101 - `to` comes first
        self._hash.update(piece)
        return self._target.write(piece)

    def flush(self) -> None:
        """Pass on what waits."""
        if self._target is not None:
            self._target.flush()

    def require_whole(self) -> None:
        """PortalError if it was not what it says."""
        if self._hash.hexdigest() != self._expected:
            raise PortalError(f"the backup {self._name} is not the one that its list was made for: its hash differs")
