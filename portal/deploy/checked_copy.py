"""A stream that is passed on, and compared with its hash in the end."""

from __future__ import annotations

import hashlib
from typing import IO

from portal.base.errors import PortalError


class CheckedCopy:
    """Passes on to ``target`` what is written to it."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._hash = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        """Pass a piece on."""
        self._hash.update(piece)
        return self._target.write(piece)

    def flush(self) -> None:
        """Pass on what waits."""
        self._target.flush()

    def require(self, sha256: str, name: str) -> None:
        """PortalError unless all of it has this hash. ``name`` is the backup that it should have been."""
        if self._hash.hexdigest() != sha256:
            raise PortalError(f"the backup {name} is not the one that its list was made for: its hash differs")
